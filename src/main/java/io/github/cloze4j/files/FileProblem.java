package io.github.cloze4j.files;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import java.util.zip.ZipException;

/**
 * A failure to read or write in the words of a message: the cause stands after {@code Received:}, and the cure is what the
 * user can do about it.
 *
 * @param cause without a full stop
 * @param cure a sentence without a full stop
 */
public record FileProblem(String cause, String cure) {
    /** Beginnings of what the system says, in lower case; a cause; a cure. */
    private static final String[][] REASONS = {
        {"no space left", "a disk without free space", "Free some space, or choose a path on another disk"},
        {"disk quota exceeded", "a disk quota that is used up", "Free some space, or choose a path on another disk"},
        {"read-only file system", "a file system that is mounted read-only", "Choose a path on another file system"},
        {"too many open files", "as many open files as the system allows", "Raise the limit (ulimit -n)"},
        {"too many open files in system", "as many open files as the system allows", "Raise the limit (ulimit -n)"},
        {"file name too long", "a name that is too long for the file system", "Choose a shorter one"},
        {"is a directory", "a directory", "Name a file"},
        {"not a directory", "a path through a file", "Choose another path"},
        {"permission denied", "no permission", "Change the permissions, or choose another path"},
        {"operation not permitted", "no permission", "Change the permissions, or choose another path"},
        {
            "file too large",
            "a file larger than the file system or ulimit -f allows",
            "Raise the limit, or choose another disk"
        },
        {"input/output error", "an error of the disk", "Check the disk and the system's log"},
        {"stale file handle", "a network file that the server has replaced", "Mount it again, or choose a local path"},
        {"no such device", "a device that is not there", "Check that the disk is mounted"},
        {"invalid cross-device link", "a rename from one file system to another", "Choose a path on one file system"},
        {"device or resource busy", "a path that is in use, such as a mount point", "Choose a path below it"},
        {
            "cannot allocate memory",
            "too little memory or too many mapped files",
            "Close other programs, or raise vm.max_map_count"
        },
        {"map failed", "too little address space or too many mapped files", "Raise vm.max_map_count or ulimit -v"},
    };

    private static final String CHECK = "Check the path and its permissions";

    /** The problem behind an exception. */
    public static FileProblem of(IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return new FileProblem("no such file", "Check the path");
        }
        if (failure instanceof AccessDeniedException) {
            return new FileProblem("no permission", "Change the permissions, or choose another path");
        }
        if (failure instanceof NotDirectoryException) {
            return new FileProblem("a path through a file", "Choose another path");
        }
        if (failure instanceof FileAlreadyExistsException) {
            return new FileProblem("something that exists already", "Choose another path");
        }
        if (failure instanceof DirectoryNotEmptyException) {
            return new FileProblem("a directory that is not empty", "Choose another path");
        }
        if (failure instanceof FileSystemLoopException) {
            return new FileProblem("symbolic links in a circle", "Correct the links");
        }
        if (failure instanceof ClosedByInterruptException) {
            return new FileProblem("an interrupt", "Run again");
        }
        if (failure instanceof ZipException) {
            return new FileProblem(
                    "a file that is not packed as its name says, or is damaged", "Copy it again, or rename it");
        }
        if (failure instanceof CharacterCodingException) {
            return new FileProblem("bytes that are not UTF-8", "Save it in UTF-8");
        }
        if (failure instanceof EOFException && failure.getMessage() == null) {
            return new FileProblem("a file that ends too early", "Copy it again");
        }
        String said = failure instanceof FileSystemException system && system.getReason() != null
                ? system.getReason()
                : String.valueOf(failure.getMessage());
        for (String[] reason : REASONS) {
            if (said.toLowerCase(Locale.ROOT).startsWith(reason[0])) {
                return new FileProblem(reason[1], reason[2]);
            }
        }
        // Messages of the project's own speak for themselves; those of the system need their class.
        boolean own = (failure.getClass() == IOException.class || failure instanceof EOFException)
                && failure.getMessage() != null;
        return new FileProblem((own ? said : failure.toString()).replaceAll("\\s+", " "), CHECK);
    }

    /** Cause and cure, as a message ends after {@code Received:}. */
    public String sentences() {
        return cause + ". " + cure;
    }
}
