package io.github.cloze4j.cli;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** Pairs of options of which one would have no effect. Such a pair is wrong usage, never a choice made in silence. */
public final class OptionConflicts {
    /**
     * A pair.
     *
     * @param useless the option that would have no effect
     * @param others the options that together make it so
     * @param reason why, as a sentence without a full stop
     */
    private record Conflict(String useless, List<String> others, String reason) {}

    private static final List<Conflict> ALL = List.of(
            conflict("--vocab-size", "--vocab", "A vocabulary that exists has its size"),
            conflict("--vocab-size", "--data", "Prepared data has the vocabulary that it was prepared with"),
            conflict("--blank-line-documents", "--data", "Prepared data has its documents"),
            conflict("--encoding", "--data", "Prepared data has no text to read"),
            conflict("--format", "--data", "Prepared data has no text to read"),
            conflict("--validation-fraction", "--data", "Prepared data has its held-out documents"),
            conflict("--objective", "--input", "A fine-tuned model has its task"),
            conflict("--batch-size", "--input", "A fine-tuned model is asked about as many texts as fit"),
            conflict("--validation-fraction", "--validation", "Text of its own is held out"),
            new Conflict("--preset", List.of("--layers", "--hidden", "--heads"), "They leave nothing of the preset"));

    private OptionConflicts() {}

    private static Conflict conflict(String useless, String other, String reason) {
        return new Conflict(useless, List.of(other), reason);
    }

    /** The options that the command line itself names, not those of files of settings. */
    public static Set<String> named(CommandLine command) {
        Set<String> named = new TreeSet<>();
        command.getParseResult().matchedOptions().stream()
                .map(OptionSpec::longestName)
                .forEach(named::add);
        return named;
    }

    /** @throws ParameterException if the options include such a pair */
    public static void refuse(Set<String> given, CommandLine command) {
        for (Conflict conflict : ALL) {
            if (given.contains(conflict.useless) && given.containsAll(conflict.others)) {
                String others = String.join(", ", conflict.others);
                throw new ParameterException(
                        command,
                        "Expected " + conflict.useless + " or " + others + ". Received: both. " + conflict.reason
                                + ": leave " + conflict.useless + " out, or " + others);
            }
        }
    }

    /** The options that have no effect beside others that have a value, and need not be kept with them. */
    public static boolean isUseless(OptionSpec option, CommandSpec command) {
        return ALL.stream()
                .filter(conflict -> conflict.useless.equals(option.longestName()))
                .anyMatch(conflict -> conflict.others.stream().allMatch(other -> value(other, command) != null));
    }

    private static @Nullable Object value(String name, CommandSpec command) {
        OptionSpec option = command.findOption(name);
        return option == null ? null : option.getValue();
    }
}
