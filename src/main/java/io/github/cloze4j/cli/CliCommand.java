package io.github.cloze4j.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What all commands share: {@code --json}, {@code --stacktrace}, {@code --help} and a result of named values. */
public abstract class CliCommand implements Callable<Integer> {
    public static final String STACKTRACE = "--stacktrace";
    public static final String OUTPUT = "--output";

    /** The place in the help: after the command's own options. */
    private static final int LAST = 1000;

    @Spec
    private @Nullable CommandSpec spec;

    @ParentCommand
    private @Nullable Main main;

    @Option(
            names = "--json",
            order = LAST,
            description = "Print the result as one line of JSON, and all else to standard error.")
    private boolean json;

    /** For the help text; {@link Main} looks at the arguments, because parsing may fail. */
    @SuppressWarnings("unused")
    @Option(names = STACKTRACE, order = LAST + 1, description = "Print the stack trace of a failure.")
    private boolean stacktrace;

    /** picocli's own. */
    @SuppressWarnings("unused")
    @Option(
            names = {"-h", "--help"},
            order = LAST + 2,
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    /**
     * Does the work.
     *
     * @return the fields of the JSON object, in their order; null where there is no value
     */
    public abstract Map<String, @Nullable Object> run(Console console) throws Exception;

    /** Whether stdout is data for another program, so that the result goes to stderr. */
    public boolean dataOnOut() {
        return false;
    }

    /** Whether a run for people has already said what the result holds, which then goes to programs only. */
    public boolean hasSaidResult() {
        return false;
    }

    @Override
    public final Integer call() throws Exception {
        Main root = main();
        OptionConflicts.refuse(OptionConflicts.named(spec().commandLine()), spec().commandLine());
        Console console = new Console(root.out(), root.err(), json, dataOnOut());
        Map<String, @Nullable Object> result = run(console);
        if (json || !hasSaidResult()) {
            console.result(result);
        }
        if (json || !writesFiles()) {
            // Programs have nothing but the object; a command that wrote files has done its work without a reader.
            console.requireOpen();
        }
        return root.stop().isRequested() ? GracefulStop.STOPPED : 0;
    }

    private boolean writesFiles() {
        OptionSpec output = spec().findOption(OUTPUT);
        return output != null && output.getValue() != null;
    }

    public final Main main() {
        if (main == null) {
            throw new IllegalStateException("picocli sets the parent before a command runs");
        }
        return main;
    }

    public final CommandSpec spec() {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the specification before a command runs");
        }
        return spec;
    }

    /** Wrong usage: exit code 2. */
    public final ParameterException usage(String message) {
        return new ParameterException(spec().commandLine(), message);
    }

    /** A value made of options: what its constructor refuses is wrong usage. */
    public final <T> T fromOptions(java.util.function.Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException refused) {
            throw new ParameterException(spec().commandLine(), Failures.oneLine(refused), refused);
        }
    }
}
