package io.github.cloze4j.cli.pretrain;

import io.github.cloze4j.cli.CliCommand;
import io.github.cloze4j.cli.LibraryDefaults;
import io.github.cloze4j.cli.OptionConflicts;
import io.github.cloze4j.cli.OptionTexts;
import io.github.cloze4j.cli.OptionValues;
import io.github.cloze4j.cli.SettingsFile;
import io.github.cloze4j.cli.SettingsList;
import io.github.cloze4j.optim.OptimizerKind;
import io.github.cloze4j.pretrain.Preset;
import io.github.cloze4j.train.TrainingConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Values of options that the command line does not name: those of a file of settings, else the library's own defaults, so
 * that each default is written once. The file is that of {@code --config}, and below it, for {@code --resume} and {@code --restart}, that of the run.
 */
public final class PretrainDefaults implements IDefaultValueProvider {
    private static final String CONFIG = "--config";

    private static final String RESUME = "--resume";
    static final String RESTART = "--restart";
    static final String FROM = "--from";
    static final String EXTEND_VOCABULARY = "--extend-vocab";
    private static final String DROPOUT = "--dropout";
    private static final String ADAPTER = "--adapter";
    private static final String LEARNING_RATE = "--lr";
    private static final String OPTIMIZER = "--optimizer";
    private static final Set<String> NOT_OF_THE_RUN =
            Set.of(CONFIG, RESUME, RESTART, CliCommand.OUTPUT, "--json", CliCommand.STACKTRACE, "--help");

    /** Options that exclude each other: of those the one that is given later in this order counts: run, file, command line. */
    private static final List<Set<String>> RIVALS = List.of(
            Set.of("--steps", "--epochs", "--time-limit"),
            Set.of("--corpus", "--data"),
            Set.of("--evaluations", "--eval-every"));

    /** What a model that exists brings, so that an option for it would contradict {@link #FROM}. */
    private static final Set<String> OF_THE_MODEL = Set.of(
            "--preset", "--layers", "--hidden", "--heads", "--intermediate", "--vocab", "--vocab-size", "--cased");

    /**
     * Options of steps that a resumed run has done: its model and its text are read and prepared. Shards and a vocabulary may
     * be elsewhere by now; their content is compared.
     */
    private static final List<String> OF_THE_BEGINNING = List.of(
            FROM,
            EXTEND_VOCABULARY,
            "--corpus",
            "--encoding",
            "--format",
            "--blank-line-documents",
            "--validation",
            "--validation-fraction",
            "--vocab-size",
            "--initialization",
            ADAPTER,
            "--lora-rank",
            "--lora-alpha",
            "--lora-dropout",
            "--lora-targets",
            "--rslora");

    private final Map<String, String> values = new LibraryDefaults().values();

    /** The values of arguments and files; {@link #values} has the library's defaults too. */
    private final Map<String, String> given = new TreeMap<>();

    /** Names of the options on the command line and in the file of {@code --config}, without those of the run's settings. */
    private final Set<String> asked = new TreeSet<>();

    private PretrainDefaults() {}

    /** Lets the files that the arguments name speak for the {@code pretrain} command, if that is the one. */
    public static void install(CommandLine main, List<String> arguments) {
        CommandLine pretrain = main.getSubcommands().get(arguments.isEmpty() ? "" : arguments.get(0));
        if (pretrain == null || !pretrain.getCommandName().equals(Pretrain.NAME)) {
            return;
        }
        PretrainDefaults defaults = new PretrainDefaults();
        defaults.put(DROPOUT, Preset.DROPOUT);
        Map<String, String> begun = null;
        if (arguments.contains(RESUME) || arguments.contains(RESTART)) {
            String output = given(CliCommand.OUTPUT, arguments, pretrain);
            PretrainOutput run = new PretrainOutput(Path.of(output == null ? Pretrain.QUICKSTART_OUTPUT : output));
            if (Files.exists(run.currentSettings())) {
                defaults.read(run.currentSettings(), pretrain);
                begun = arguments.contains(RESUME) ? Map.copyOf(defaults.given) : null;
                defaults.asked.clear();
            }
        }
        String config = given(CONFIG, arguments, pretrain);
        if (config != null) {
            defaults.read(Path.of(config), pretrain);
        }
        defaults.giveWayTo(arguments, pretrain);
        if (config != null) {
            OptionConflicts.refuse(defaults.asked, pretrain);
        }
        if (begun != null) {
            defaults.requireSameBeginning(begun, pretrain);
        }
        if (defaults.given.containsKey(FROM)) {
            defaults.leaveToTheModel(pretrain);
        } else if (OptionValues.text(OptimizerKind.MUON).equalsIgnoreCase(defaults.given.get(OPTIMIZER))
                && !defaults.given.containsKey(LEARNING_RATE)) {
            defaults.put(LEARNING_RATE, TrainingConfig.MUON_LEARNING_RATE);
        }
        pretrain.setDefaultValueProvider(defaults);
    }

    /** Writes the options that were given or read, so that {@code --resume} needs none of them again. */
    static void save(CommandSpec pretrain, Path file) {
        boolean modelGiven = pretrain.findOption(FROM).getValue() != null;
        SortedMap<String, String> settings = new TreeMap<>();
        for (OptionSpec option : pretrain.options()) {
            Object value = option.getValue();
            boolean ofTheModel = modelGiven && OF_THE_MODEL.contains(option.longestName());
            boolean useless = ofTheModel || OptionConflicts.isUseless(option, pretrain);
            if (value != null && !useless && !NOT_OF_THE_RUN.contains(option.longestName())) {
                settings.put(option.longestName().substring(2), OptionTexts.absolute(option, OptionValues.text(value)));
            }
        }
        SettingsFile.write(file, "Options of this run; pretrain --config takes such a file.", settings);
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        String text = argument instanceof OptionSpec option ? values.get(option.longestName()) : null;
        if (text == null) {
            return null;
        }
        String value =
                argument.isMultiValue() ? String.join(SettingsList.PICOCLI_SEPARATOR, SettingsList.split(text)) : text;
        // picocli replaces variables in defaults: a path may hold what looks like one.
        return value.replace("${", "$${");
    }

    private void put(String option, Object value) {
        values.put(option, OptionValues.text(value));
    }

    private void read(Path file, CommandLine pretrain) {
        Map<String, String> settings = SettingsFile.read(file);
        settings.keySet().forEach(name -> removeRivals("--" + name));
        Set<String> unknown = new TreeSet<>();
        settings.forEach((name, value) -> {
            String option = "--" + name;
            if (pretrain.getCommandSpec().findOption(option) == null || NOT_OF_THE_RUN.contains(option)) {
                unknown.add(name);
            } else {
                values.put(option, value);
                given.put(option, value);
                if (!"false".equals(value)) {
                    asked.add(option);
                }
            }
        });
        if (!unknown.isEmpty()) {
            throw new ParameterException(
                    pretrain,
                    "Expected options of pretrain without their hyphens in " + file + ". Received: "
                            + String.join(", ", unknown) + ". Correct or remove them");
        }
    }

    private void removeRivals(String option) {
        RIVALS.stream()
                .filter(rivals -> rivals.contains(option))
                .flatMap(Set::stream)
                .filter(rival -> !rival.equals(option))
                .forEach(values::remove);
    }

    /**
     * Options of the command line have no default: a flag would be the opposite of it, and the rival of an option would be
     * given too.
     */
    private void giveWayTo(List<String> arguments, CommandLine pretrain) {
        for (String argument : arguments) {
            int value = argument.indexOf('=');
            String option = value < 0 ? argument : argument.substring(0, value);
            values.remove(option);
            removeRivals(option);
            String text = given(option, arguments, pretrain);
            if (text != null) {
                asked.add(option);
                given.put(option, text);
            }
        }
    }

    /** A trained model has defaults of its own, and what it brings cannot be asked for. */
    private void leaveToTheModel(CommandLine pretrain) {
        List<String> contradicting = OF_THE_MODEL.stream()
                .filter(given::containsKey)
                .filter(option -> !"false".equals(given.get(option)))
                .sorted()
                .toList();
        if (!contradicting.isEmpty()) {
            throw new ParameterException(
                    pretrain,
                    "Expected " + FROM + " without options for what its model brings: shape, vocabulary and case."
                            + " Received: " + String.join(", ", contradicting) + ". Leave them out, or " + FROM);
        }
        if (!given.containsKey(DROPOUT)) {
            values.remove(DROPOUT);
        }
        if (!given.containsKey(LEARNING_RATE)) {
            put(
                    LEARNING_RATE,
                    given.containsKey(ADAPTER)
                            ? TrainingConfig.ADAPTER_LEARNING_RATE
                            : TrainingConfig.FURTHER_LEARNING_RATE);
        }
    }

    private void requireSameBeginning(Map<String, String> begun, CommandLine pretrain) {
        for (String option : OF_THE_BEGINNING) {
            OptionSpec spec = pretrain.getCommandSpec().findOption(option);
            String now = given.get(option);
            String then = begun.get(option);
            if (now != null && (then == null || !OptionTexts.same(spec, then, now))) {
                throw new ParameterException(
                        pretrain,
                        "Expected " + RESUME + " with what the run began with: "
                                + (then == null ? "no " + option : shown(option, then)) + ". Received: "
                                + shown(option, now) + ". Leave it out, as " + RESUME
                                + " goes on with what the run has,"
                                + " or begin a run in another " + CliCommand.OUTPUT);
            }
        }
    }

    private static String shown(String option, String text) {
        return option + " " + String.join(" ", SettingsList.split(text));
    }

    private static @Nullable String given(String option, List<String> arguments, CommandLine pretrain) {
        OptionSpec spec = pretrain.getCommandSpec().findOption(option);
        return spec == null ? null : OptionTexts.given(spec, arguments);
    }
}
