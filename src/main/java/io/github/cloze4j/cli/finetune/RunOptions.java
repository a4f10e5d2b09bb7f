package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.cli.CliCommand;
import io.github.cloze4j.cli.OptionTexts;
import io.github.cloze4j.cli.OptionValues;
import io.github.cloze4j.cli.SettingsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The options that a run began with, in a file beside its checkpoints: a run that goes on has the same. */
final class RunOptions {
    private static final String TASK = "task";

    /** What may differ: where and how it is computed, how long it goes on, and what is kept. Seeds are runs of their own. */
    private static final Set<String> FREE = Set.of(
            CliCommand.OUTPUT,
            CliCommand.STACKTRACE,
            "--help",
            "--json",
            "--resume",
            "--keep",
            "--seeds",
            "--save-every",
            "--steps",
            "--epochs",
            "--time-limit",
            "--evaluations",
            "--eval-every",
            "--test",
            "--kernels",
            "--threads");

    private RunOptions() {}

    /** Writes the options of a new run. */
    static void save(CommandSpec command, Path file) {
        SettingsFile.write(file, "Options of this run. --resume needs the same.", of(command));
    }

    /**
     * Refuses to go on with other options.
     *
     * @param file written by {@link #save}; without it nothing is compared
     * @throws ParameterException naming the first option that differs
     */
    static void requireSame(CommandSpec command, Path file) {
        if (!Files.exists(file)) {
            return;
        }
        Map<String, String> then = SettingsFile.read(file);
        SortedMap<String, String> now = of(command);
        SortedMap<String, String> all = new TreeMap<>(then);
        all.putAll(now);
        for (String name : all.keySet()) {
            String before = then.getOrDefault(name, "");
            String received = now.getOrDefault(name, "");
            OptionSpec option = command.findOption("--" + name);
            boolean isTyped = option != null && !before.isEmpty() && !received.isEmpty();
            boolean same = isTyped ? OptionTexts.same(option, before, received) : before.equals(received);
            if (!same) {
                throw new ParameterException(
                        command.commandLine(),
                        "Expected --resume with the options that the run began with: " + shown(name, before)
                                + ". Received: " + shown(name, received) + ". Name them as in " + file
                                + ", or begin a run in another --output");
            }
        }
    }

    private static SortedMap<String, String> of(CommandSpec command) {
        SortedMap<String, String> options = new TreeMap<>();
        command.positionalParameters()
                .forEach(parameter -> options.put(TASK, OptionValues.text(parameter.<Object>getValue())));
        for (OptionSpec option : command.options()) {
            Object value = option.getValue();
            if (value != null && !FREE.contains(option.longestName())) {
                String text = OptionTexts.absolute(option, OptionValues.text(value));
                if (!text.isEmpty()) {
                    options.put(option.longestName().substring(2), text);
                }
            }
        }
        return options;
    }

    private static String shown(String name, String value) {
        String option = name.equals(TASK) ? name : "--" + name;
        return value.isEmpty() ? "no " + option : option + " " + value;
    }
}
