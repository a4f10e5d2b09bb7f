package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What the help says is of one style, and README.md names what is there. */
class HelpTest {
    private static final Set<String> LABELS = Set.of(
            "FILE",
            "DIR",
            "PATH...",
            "NAME",
            "N",
            "X",
            "TIME",
            "N|TIME",
            "TEXT",
            "TASK",
            "NAME|FILE",
            "LIST",
            "FILE|LIST");
    private static final Pattern TABLE_ROW = Pattern.compile("(?m)^\\| `([a-z-]+)` \\|");
    private static final Pattern COMMAND_LINE = Pattern.compile("cloze4j\\.jar ([a-z-]+)(.*)");
    private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z0-9-]*");

    private static Map<String, CommandLine> commands() {
        return Main.commandLine(new Main(new GracefulStop(System.err), System.out, System.err, List.of()))
                .getSubcommands();
    }

    static List<String> names() {
        return List.copyOf(commands().keySet());
    }

    private static List<String> found(Pattern pattern, String text, int group) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult match) -> match.group(group))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("names")
    void helpIsOfOneStyle(String name) {
        CommandLine command = commands().get(name);
        for (ArgSpec argument : command.getCommandSpec().args()) {
            String text = String.join(" ", argument.description());
            String what = name + " " + argument + ": " + text;
            assertTrue(text.matches("[A-Z\\[a-z].*\\."), what);
            assertEquals(
                    text.toLowerCase(java.util.Locale.ROOT).split("default", -1).length,
                    text.split("\\(default: ", -1).length,
                    what);
            boolean isFlag =
                    argument instanceof OptionSpec option && option.arity().max() == 0;
            assertTrue(isFlag || LABELS.contains(argument.paramLabel()), what);
        }
        String help = CliRun.of(name, "--help").out();
        assertFalse(help.contains("null"), help);
        assertTrue(help.lines().allMatch(line -> line.length() <= 80), help);
    }

    @Test
    void anOptionIsSpeltAlikeInAllCommands() {
        Map<String, Set<String>> labels = new TreeMap<>();
        commands().values().forEach(command -> command.getCommandSpec()
                .options()
                .forEach(option -> labels.computeIfAbsent(option.longestName(), key -> new TreeSet<>())
                        .add(option.paramLabel())));
        // A vocabulary or ids here, a directory there; one file with labels here, any texts there.
        labels.remove("--output");
        // A file, and for zero-shot also a list.
        labels.remove("--labels");
        labels.remove("--validation");
        labels.forEach((option, spellings) -> assertEquals(1, spellings.size(), option + " " + spellings));
    }

    @Test
    void onlyPretrainLeavesDropoutOut() {
        String dropout = "attention probabilities (default: %s;";
        String benchmark = CliRun.of("benchmark", "--help").out().replaceAll("\\s+", " ");
        String pretrain = CliRun.of("pretrain", "--help").out().replaceAll("\\s+", " ");

        assertTrue(benchmark.contains(String.format(dropout, "0.1")), benchmark);
        assertTrue(pretrain.contains(String.format(dropout, "0.0")), pretrain);
    }

    @Test
    void theDefaultBudgetIsTheLibrarys() {
        String help = CliRun.of("pretrain", "--help").out().replaceAll("\\s+", " ");

        assertTrue(help.contains("(default: " + TrainingConfig.builder().build().steps() + ";"), help);
    }

    @Test
    void numbersAreWrittenAsPeopleTypeThem() {
        String help = CliRun.of("pretrain", "--help").out().replaceAll("\\s+", " ");

        assertTrue(help.contains(OptionValues.text(TrainingConfig.FURTHER_LEARNING_RATE)), help);
        assertTrue(help.contains("(default: " + OptionValues.text(1e-6)), help);
        for (String name : names()) {
            assertFalse(CliRun.of(name, "--help").out().matches("(?s).*\\dE-?\\d.*"), name);
        }
        assertEquals(
                List.of("2e-5", "1.25e-7", "0.001", "0.0", "1e10"),
                Stream.of(2e-5, 1.25e-7, 1e-3, 0.0, 1e10)
                        .map(OptionValues::text)
                        .toList());
    }

    @Test
    void theTableOfCommandsIsWhole() throws IOException {
        String readme = Files.readString(Path.of("README.md"));

        assertEquals(new TreeSet<>(names()), new TreeSet<>(found(TABLE_ROW, readme, 1)));
    }

    @Test
    void commandLinesOfTheReadmeHaveOptionsThatExist() throws IOException {
        List<MatchResult> lines = COMMAND_LINE
                .matcher(Files.readString(Path.of("README.md")))
                .results()
                .toList();

        assertFalse(lines.isEmpty());
        for (MatchResult line : lines) {
            CommandLine command = commands().get(line.group(1));
            assertNotNull(command, line.group());
            for (String option : found(OPTION, line.group(2), 0)) {
                assertNotNull(command.getCommandSpec().findOption(option), line.group());
            }
        }
    }

    @Test
    void everyOptionThatTheReadmeNamesExists() throws IOException {
        List<String> options = found(OPTION, Files.readString(Path.of("README.md")), 0);

        assertFalse(options.isEmpty());
        for (String option : options) {
            assertTrue(
                    commands().values().stream()
                            .anyMatch(command -> command.getCommandSpec().findOption(option) != null),
                    option);
        }
    }
}
