package io.github.cloze4j.cli;

import io.github.cloze4j.cli.finetune.Finetune;
import io.github.cloze4j.cli.finetune.Predict;
import io.github.cloze4j.cli.pretrain.Pretrain;
import io.github.cloze4j.cli.pretrain.PretrainDefaults;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where the command line begins: parses, runs one command, turns what it throws into one line and an exit code. */
@Command(
        name = "cloze4j",
        description = "BERT masked-language-model pretraining for the JVM.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "  0:done",
            "  1:failed",
            "  2:wrong usage",
            "  3:training diverged",
            "130:stopped by a signal; what is complete is saved",
            "141:nobody reads the output any more",
        },
        subcommands = {
            Benchmark.class,
            Doctor.class,
            Embed.class,
            Evaluate.class,
            Export.class,
            FillMaskCommand.class,
            Finetune.class,
            Generate.class,
            Import.class,
            Predict.class,
            Prepare.class,
            Pretrain.class,
            PseudoPerplexityCommand.class,
            Tokenize.class,
            TrainVocab.class,
            ZeroShot.class,
        })
public final class Main implements Runnable {
    /** A level lasts as long as somebody holds the logger. */
    private static final Logger JNA = Logger.getLogger("com.sun.jna.Native");

    private static final char REPLACEMENT_CHARACTER = '\uFFFD';

    private final GracefulStop stop;
    private final PrintStream out;
    private final PrintStream err;
    private final List<String> arguments;

    @Spec
    private @Nullable CommandSpec spec;

    Main(GracefulStop stop, PrintStream out, PrintStream err, List<String> arguments) {
        this.stop = stop;
        this.out = out;
        this.err = err;
        this.arguments = arguments;
    }

    /** Runs the command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        UnsafeWarning.giveNone();
        quietLibraries();
        TextStream.install();
        GracefulStop stop = new GracefulStop(System.err);
        stop.install();
        int code = run(stop, System.out, System.err, arguments);
        stop.commandEnded(code);
        System.exit(code);
    }

    /**
     * Runs one command in this process.
     *
     * @return the exit code: 0 done, 1 failed, 2 wrong usage, 3 diverged, 130 stopped by a signal, 141 nobody reads the
     *     output any more
     */
    static int run(PrintStream out, PrintStream err, String... arguments) {
        return run(new GracefulStop(err), out, err, arguments);
    }

    private static int run(GracefulStop stop, PrintStream out, PrintStream err, String... arguments) {
        Main main = new Main(stop, out, err, List.of(arguments));
        CommandLine line = commandLine(main);
        try {
            requireReadable(main.arguments, line);
            PretrainDefaults.install(line, main.arguments);
            return line.execute(arguments);
        } catch (ParameterException wrong) {
            return Failures.reportUsage(wrong, err);
        } catch (RuntimeException | VirtualMachineError | LinkageError failure) {
            CommandLine command = line.getSubcommands().get(main.arguments.isEmpty() ? "" : main.arguments.get(0));
            return Failures.report(
                    failure,
                    err,
                    main.arguments.contains(CliCommand.STACKTRACE),
                    command == null ? null : command.getCommandSpec());
        } finally {
            out.flush();
            err.flush();
        }
    }

    private static void requireReadable(List<String> arguments, CommandLine line) {
        String encoding = System.getProperty("sun.jnu.encoding", "");
        if (isLost(arguments, encoding)) {
            throw new ParameterException(
                    line,
                    "Expected arguments in the locale's encoding, " + encoding
                            + ". Received: other characters. Set LC_ALL=C.UTF-8 before the command");
        }
    }

    /** What the locale cannot express has become U+FFFD before it is here: another text, and another file. */
    static boolean isLost(List<String> arguments, String encoding) {
        return !encoding.equalsIgnoreCase(StandardCharsets.UTF_8.name())
                && arguments.stream().anyMatch(argument -> argument.indexOf(REPLACEMENT_CHARACTER) >= 0);
    }

    static CommandLine commandLine(Main main) {
        CommandLine line = new CommandLine(main);
        OptionValues.registerConverters(line);
        // Otherwise an option that is misspelt after --corpus would be one more path.
        line.setUnmatchedOptionsAllowedAsOptionParameters(false);
        line.getSubcommands().values().forEach(command -> command.getCommandSpec()
                .usageMessage()
                .sortOptions(false)
                .sortSynopsis(false));
        line.setOut(new PrintWriter(main.out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(main.err, true, StandardCharsets.UTF_8));
        line.setParameterExceptionHandler((wrong, arguments) -> Failures.reportUsage(wrong, main.err));
        line.setExecutionExceptionHandler((failure, command, parsed) -> Failures.report(
                failure, main.err, main.arguments.contains(CliCommand.STACKTRACE), command.getCommandSpec()));
        return line;
    }

    /** No command was named. */
    @Override
    public void run() {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the specification before a command runs");
        }
        throw new ParameterException(
                spec.commandLine(),
                "Expected a command. Received: none. Commands: "
                        + String.join(", ", spec.subcommands().keySet()));
    }

    public GracefulStop stop() {
        return stop;
    }

    PrintStream out() {
        return out;
    }

    PrintStream err() {
        return err;
    }

    List<String> arguments() {
        return arguments;
    }

    /** Libraries log warnings only, to stderr; what the user set stays. Has to come before their first class is loaded. */
    private static void quietLibraries() {
        setDefault("org.nd4j.log.initialization", "false");
        if (System.getProperty("org.slf4j.simpleLogger.defaultLogLevel") == null) {
            // Who did not ask for a log reads the warnings of libraries in the form of the command line's own.
            setDefault("org.slf4j.simpleLogger.warnLevelString", Console.WARNING);
            setDefault("org.slf4j.simpleLogger.showLogName", "false");
            // Which tensors of an adapter were read is what people look for first if it does not work.
            setDefault("org.slf4j.simpleLogger.log.io.github.cloze4j.pretrained.peft", "info");
        }
        setDefault("org.slf4j.simpleLogger.defaultLogLevel", "warn");
        setDefault("org.slf4j.simpleLogger.logFile", "System.err");
        setDefault("org.slf4j.simpleLogger.showThreadName", "false");
        // It prints the trace of an exception if its temporary directory cannot be written, and then does without.
        JNA.setLevel(Level.OFF);
        // It warns that oneDNN's classes are of a later release of JavaCPP than the others, which is harmless.
        setDefault("org.slf4j.simpleLogger.log.org.bytedeco.javacpp.Loader", "error");
        setDefault("slf4j.internal.verbosity", "WARN");
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /** Reads the version from the jar's manifest. */
    public static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"cloze4j " + current()};
        }

        public static String current() {
            String version = Main.class.getPackage().getImplementationVersion();
            return version == null ? "(not run from its jar)" : version;
        }
    }
}
