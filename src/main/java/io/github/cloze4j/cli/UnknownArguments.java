package io.github.cloze4j.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Arguments that a command does not know, each with what the user probably means. */
final class UnknownArguments {
    private static final Pattern QUOTED = Pattern.compile("'([^']*)'");

    /** A typing error changes at most one letter in so many. */
    private static final int LETTERS_OF_AN_ERROR = 4;

    private static final int SHORTEST_PREFIX = 3;

    /** The options that a file or directory is most likely meant for, when it is given without one. */
    private static final List<String> FOR_PATHS = List.of("--corpus", "--input", "--model", "--from");

    private final CommandSpec command;
    private final List<String> arguments;

    private UnknownArguments(CommandSpec command, List<String> arguments) {
        this.command = command;
        this.arguments = arguments;
    }

    /** The message for an exception of picocli's. */
    static String describe(UnmatchedArgumentException unmatched) {
        List<String> arguments = unmatched.getUnmatched();
        if (arguments.isEmpty()) {
            // The argument stands among the values of an option; picocli then names it in its message only.
            Matcher quoted = QUOTED.matcher(String.valueOf(unmatched.getMessage()));
            arguments = List.of(quoted.find() ? quoted.group(1) : String.valueOf(unmatched.getMessage()));
        }
        return new UnknownArguments(unmatched.getCommandLine().getCommandSpec(), arguments).describe();
    }

    private String describe() {
        List<String> advice = new ArrayList<>();
        boolean valueOfUnknown = false;
        for (String argument : advised()) {
            boolean option = argument.startsWith("-");
            if (option) {
                advice.add(adviceOnOption(argument));
            } else if (!valueOfUnknown) {
                advice.add(adviceOnValue(argument));
            }
            valueOfUnknown = option && argument.indexOf('=') < 0;
        }
        return "Expected "
                + (command.subcommands().isEmpty() ? "options and arguments of this command" : "a command")
                + ". Received: " + String.join(" ", arguments) + ". "
                + String.join("; ", advice.stream().distinct().toList());
    }

    /** Where there is no command, what follows its name says nothing. */
    private List<String> advised() {
        return command.subcommands().isEmpty() ? arguments : arguments.subList(0, 1);
    }

    private String adviceOnOption(String argument) {
        int value = argument.indexOf('=');
        String option = value < 0 ? argument : argument.substring(0, value);
        Optional<String> known = HuggingFaceWords.advice(option, name -> command.findOption(name) != null);
        List<String> similar = known.isPresent()
                ? List.of()
                : similar(option, command.options().stream().map(OptionSpec::longestName));
        String advice = known.orElse(
                similar.isEmpty()
                        ? "Leave it out, or look at --help"
                        : "Did you mean " + String.join(" or ", similar) + "?");
        return arguments.size() == 1 ? advice : "For " + option + ": " + advice;
    }

    private String adviceOnValue(String argument) {
        if (argument.equals("help")) {
            return "Use --help";
        }
        if (!command.subcommands().isEmpty()) {
            List<String> similar = similar(argument, command.subcommands().keySet().stream());
            return similar.isEmpty()
                    ? "Commands: " + String.join(", ", command.subcommands().keySet())
                    : "Did you mean " + String.join(" or ", similar) + "?";
        }
        ParseResult others = command.commandLine().getParseResult();
        if (others != null && (others.hasMatchedOption("--resume") || others.hasMatchedOption("--restart"))) {
            return "Name the run's directory with --output";
        }
        return FOR_PATHS.stream()
                .filter(option -> command.findOption(option) != null)
                .findFirst()
                .map(option -> "Write " + option + " " + argument + " if that is meant")
                .orElse("Leave " + argument + " out");
    }

    /** The candidates that begin with the text or are a typing error away from it, the nearest first. */
    static List<String> similar(String text, Stream<String> candidates) {
        record Near(String name, int distance) {}
        return candidates
                .map(name -> new Near(
                        name,
                        isPrefix(HuggingFaceWords.normalized(text), HuggingFaceWords.normalized(name))
                                ? 1
                                : distance(HuggingFaceWords.normalized(text), HuggingFaceWords.normalized(name))))
                .filter(near -> near.distance
                        <= Math.max(1, HuggingFaceWords.normalized(text).length() / LETTERS_OF_AN_ERROR))
                .sorted(Comparator.comparingInt(Near::distance).thenComparing(Near::name))
                .map(Near::name)
                .toList();
    }

    private static boolean isPrefix(String text, String name) {
        return text.length() >= SHORTEST_PREFIX && name.startsWith(text);
    }

    /** Letters to insert, delete, replace or swap with their neighbour (Damerau, 1964). */
    static int distance(String a, String b) {
        int[][] distances = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    distances[i][j] = i + j;
                    continue;
                }
                int replaced = distances[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                distances[i][j] = Math.min(replaced, 1 + Math.min(distances[i - 1][j], distances[i][j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    distances[i][j] = Math.min(distances[i][j], distances[i - 2][j - 2] + 1);
                }
            }
        }
        return distances[a.length()][b.length()];
    }
}
