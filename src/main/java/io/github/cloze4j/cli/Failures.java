package io.github.cloze4j.cli;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.DivergenceException;
import io.github.cloze4j.PlainTextException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
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

    private static final Pattern QUOTED = Pattern.compile("'([^']*)'");

    private Failures() {}

    /** Wrong usage: a line, and a second that says where help is. */
    static int reportUsage(ParameterException wrong, PrintStream err) {
        String command = wrong.getCommandLine().getCommandSpec().qualifiedName();
        err.println("error: " + oneLine(wrong));
        err.println("Try '" + command + " --help' for its options.");
        return WRONG_USAGE;
    }

    /** All else: a line with cause and remedy, and the trace where it was asked for. */
    static int report(Throwable failure, PrintStream err, boolean stacktrace) {
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
        err.println("error: " + oneLine(failure));
        return failure instanceof DivergenceException ? DIVERGED : FAILED;
    }

    static String oneLine(Throwable failure) {
        return describe(failure).replaceAll("\\s*\\R\\s*", " ");
    }

    private static String describe(Throwable failure) {
        if (failure instanceof ParameterException wrong) {
            return usage(wrong);
        }
        if (failure instanceof PlainTextException) {
            return failure.getMessage() + TextReadingOptions.HINT;
        }
        if (failure instanceof Cloze4jException
                || failure instanceof GracefulStop.StoppedException
                || failure instanceof IllegalArgumentException) {
            return String.valueOf(failure.getMessage());
        }
        if (failure instanceof UncheckedIOException unchecked && unchecked.getCause() != null) {
            return describe(unchecked.getCause());
        }
        if (failure instanceof IOException io) {
            return inputOutput(io);
        }
        if (failure instanceof OutOfMemoryError) {
            return "Expected more memory. Received: " + failure.getMessage()
                    + ". Lower --batch-size or --seq-len, choose" + " a smaller --preset, or give Java more with -Xmx";
        }
        return "Unexpected " + failure.getClass().getSimpleName() + ": " + failure.getMessage() + ". Run again with "
                + CliCommand.STACKTRACE + " and report it";
    }

    private static String usage(ParameterException wrong) {
        if (wrong instanceof UnmatchedArgumentException unmatched) {
            return unknown(unmatched);
        }
        if (wrong instanceof MissingParameterException missing) {
            return "Expected "
                    + missing.getMissing().stream().map(Failures::synopsis).collect(Collectors.joining(", "))
                    + ". Received: nothing for it. Add it";
        }
        if (wrong instanceof OverwrittenOptionException twice) {
            return "Expected " + synopsis(twice.getOverwritten()) + " once. Received: several. Keep one of them";
        }
        return String.valueOf(wrong.getMessage());
    }

    private static String unknown(UnmatchedArgumentException unmatched) {
        List<String> arguments = unmatched.getUnmatched();
        if (arguments.isEmpty()) {
            // Among the values of an option; picocli then names it in its message only.
            Matcher quoted = QUOTED.matcher(String.valueOf(unmatched.getMessage()));
            arguments = List.of(quoted.find() ? quoted.group(1) : String.valueOf(unmatched.getMessage()));
        }
        List<String> similar = new UnmatchedArgumentException(unmatched.getCommandLine(), arguments).getSuggestions();
        return "Expected options and arguments of this command. Received: " + String.join(" ", arguments) + ". "
                + (similar.isEmpty() ? "Leave it out" : "Did you mean " + String.join(" or ", similar) + "?");
    }

    private static String synopsis(ArgSpec argument) {
        return argument instanceof OptionSpec option
                ? option.longestName() + " " + option.paramLabel()
                : argument.paramLabel();
    }

    private static String inputOutput(IOException failure) {
        String path = String.valueOf(failure.getMessage());
        if (failure instanceof NoSuchFileException) {
            return "Expected an existing path. Received: " + path + ", which does not exist. Check the path";
        }
        if (failure instanceof AccessDeniedException) {
            return "Expected a path that may be read and written. Received: " + path
                    + ", to which access is denied. Change its permissions or choose another path";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return "Expected a path that can be made. Received: " + path
                    + ", where something stands already. Choose another path";
        }
        if (failure instanceof NotDirectoryException) {
            return "Expected a directory. Received: " + path + ", which is none. Choose another path";
        }
        return "Expected reading and writing to succeed. Received: " + path + " ("
                + failure.getClass().getSimpleName() + "). Check the path and the free space of the disk";
    }
}
