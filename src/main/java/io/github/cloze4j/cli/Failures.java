package io.github.cloze4j.cli;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.DivergenceException;
import io.github.cloze4j.MissingColumnException;
import io.github.cloze4j.PlainTextException;
import io.github.cloze4j.cli.finetune.ColumnOptions;
import io.github.cloze4j.files.FileProblem;
import io.github.cloze4j.train.BatchTooLargeException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Exceptions as one line on stderr and an exit code. */
final class Failures {
    static final int FAILED = 1;
    static final int WRONG_USAGE = 2;
    static final int DIVERGED = 3;

    /** 128 + SIGPIPE: as other programs end whose output nobody reads any more. */
    static final int READER_GONE = 141;

    private static final Pattern MAPPED_FILE = Pattern.compile("unsafe memory access|a fault occurred");
    private static final Pattern FLAG_WITH_VALUE = Pattern.compile("option '([^']+)': '([^']*)' is not a boolean");

    private Failures() {}

    /** Wrong usage: a line, and a second that says where help is. */
    static int reportUsage(ParameterException wrong, PrintStream err) {
        String command = wrong.getCommandLine().getCommandSpec().qualifiedName();
        err.println("error: " + oneLine(wrong));
        err.println("Try '" + command + " --help' for its options.");
        return WRONG_USAGE;
    }

    /**
     * All else: a line with cause and remedy, and the trace if it is requested.
     *
     * @param command the command that failed, whose options a remedy may name; null if none ran
     */
    static int report(Throwable failure, PrintStream err, boolean stacktrace, @Nullable CommandSpec command) {
        if (stacktrace) {
            failure.printStackTrace(err);
        }
        if (failure instanceof TextStream.ReaderGoneException) {
            return READER_GONE;
        }
        if (failure instanceof GracefulStop.StoppedException) {
            err.println("stopped by a signal; " + oneLine(failure));
            return GracefulStop.STOPPED;
        }
        err.println("error: " + oneLine(failure, command));
        return failure instanceof DivergenceException ? DIVERGED : FAILED;
    }

    static String oneLine(Throwable failure) {
        return oneLine(failure, null);
    }

    private static String oneLine(Throwable failure, @Nullable CommandSpec command) {
        return describe(failure, command).replaceAll("\\s*\\R\\s*", " ");
    }

    private static String describe(Throwable failure, @Nullable CommandSpec command) {
        if (failure instanceof ParameterException wrong) {
            return usage(wrong);
        }
        if (failure instanceof PlainTextException) {
            return failure.getMessage() + TextReadingOptions.HINT;
        }
        if (failure instanceof MissingColumnException) {
            return failure.getMessage() + fieldHint(command);
        }
        if (failure instanceof BatchTooLargeException tooLarge) {
            return tooLarge.getMessage() + MemoryFailure.options(tooLarge.largest(), command);
        }
        if (failure instanceof Cloze4jException
                || failure instanceof GracefulStop.StoppedException
                || failure instanceof IllegalArgumentException) {
            return String.valueOf(failure.getMessage());
        }
        if (failure.getCause() != null && isWrapper(failure)) {
            return describe(failure.getCause(), command);
        }
        if (failure instanceof IOException io) {
            return inputOutput(io);
        }
        if (failure instanceof OutOfMemoryError error) {
            return MemoryFailure.describe(error, command);
        }
        if (failure instanceof StackOverflowError) {
            return "Expected work that fits the stack of a thread. Received: a stack overflow."
                    + " Give Java's threads more with -Xss, such as -Xss4m";
        }
        if (failure instanceof InternalError error
                && MAPPED_FILE.matcher(String.valueOf(error.getMessage())).find()) {
            return "Expected files that stay as they are while they are read. Received: a mapped file that became"
                    + " shorter, or an error of its disk. Restore the file, and run again";
        }
        return unexpected(failure);
    }

    private static String fieldHint(@Nullable CommandSpec command) {
        if (isOption("--text-column", command)) {
            boolean ofCorpus = command != null
                    && OptionConflicts.named(command.commandLine()).contains("--corpus");
            return ofCorpus ? CorpusOptions.HINT : ColumnOptions.HINT;
        }
        if (isOption("--text-field", command)) {
            return CorpusOptions.HINT;
        }
        return isOption("--source-column", command) ? Generate.COLUMN_HINT : ColumnOptions.HINT;
    }

    private static boolean isOption(String name, @Nullable CommandSpec command) {
        return command != null && command.findOption(name) != null;
    }

    /** Says nothing that its cause does not say. */
    private static boolean isWrapper(Throwable failure) {
        return failure instanceof UncheckedIOException
                || failure instanceof ExecutionException
                || failure instanceof CompletionException
                || failure.getClass() == RuntimeException.class;
    }

    private static String usage(ParameterException wrong) {
        if (wrong instanceof UnmatchedArgumentException unmatched) {
            return UnknownArguments.describe(unmatched);
        }
        if (wrong instanceof MissingParameterException missing) {
            CommandLine command = missing.getCommandLine();
            if (!command.getUnmatchedArguments().isEmpty()) {
                // An unknown option is probably the missing one under another name.
                return UnknownArguments.describe(
                        new UnmatchedArgumentException(command, command.getUnmatchedArguments()));
            }
            return "Expected "
                    + missing.getMissing().stream().map(Failures::synopsis).collect(Collectors.joining(", "))
                    + ". Received: nothing for it. Add it";
        }
        if (wrong instanceof OverwrittenOptionException twice) {
            return "Expected " + synopsis(twice.getOverwritten()) + " once. Received: several. Keep one of them";
        }
        Matcher flag = FLAG_WITH_VALUE.matcher(String.valueOf(wrong.getMessage()));
        if (flag.find()) {
            return "Expected " + flag.group(1) + " without a value. Received: " + flag.group(1) + "=" + flag.group(2)
                    + ". Leave the value out"
                    + (flag.group(1).matches("--(resume|restart)")
                            ? ", and name the run's directory with --output"
                            : "");
        }
        return String.valueOf(wrong.getMessage());
    }

    private static String synopsis(ArgSpec argument) {
        return argument instanceof OptionSpec option
                ? option.longestName() + " " + option.paramLabel()
                : argument.paramLabel();
    }

    private static String inputOutput(IOException failure) {
        FileProblem problem = FileProblem.of(failure);
        String file = failure instanceof FileSystemException named && named.getFile() != null
                ? named.getFile()
                : "files and output";
        return "Expected to read and write " + file + ". Received: " + problem.cause() + ". " + problem.cure();
    }

    /** Describes an exception that no other case covers. Names its place, which says more than a class without a message. */
    private static String unexpected(Throwable failure) {
        StackTraceElement[] trace = failure.getStackTrace();
        return "Unexpected " + failure.getClass().getSimpleName()
                + (failure.getMessage() == null ? "" : ": " + failure.getMessage())
                + (trace.length == 0 ? "" : " (at " + trace[0] + ")")
                + ". Run again with " + CliCommand.STACKTRACE + " and report it";
    }
}
