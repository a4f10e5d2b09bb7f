package io.github.cloze4j.monitor;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.StrictJson;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Repairs the end of a log that a crash cut off, so that the next line stands on a line of its own. */
final class LastLine {
    /** The field that every line of a log begins with. */
    static final String FIRST_FIELD = "event";

    private static final String START = "{\"" + FIRST_FIELD + "\":";
    /** Many times the longest line of a log. */
    private static final int LONGEST = 1 << 20;

    private LastLine() {}

    /**
     * Ends a last line that only lacks its line feed, and removes one that is a part. Does nothing where the file is
     * absent, empty or ends in a line feed.
     *
     * @throws Cloze4jException if the last line is not of a log of ours; the file is then as it was
     */
    static void complete(Path path) {
        if (!Files.exists(path)) {
            return;
        }
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            byte[] end = new byte[(int) Math.min(file.length(), LONGEST)];
            file.seek(file.length() - end.length);
            file.readFully(end);
            int start = end.length;
            while (start > 0 && end[start - 1] != '\n') {
                start--;
            }
            if (start == end.length) {
                return;
            }
            String line = new String(end, start, end.length - start, StandardCharsets.UTF_8);
            if ((start == 0 && end.length < file.length()) || !isOurs(line)) {
                throw new Cloze4jException(
                        path + ": Expected a log of JSON lines. Received: a file with another last line."
                                + " Name another file or move this one away");
            }
            if (isComplete(line)) {
                file.seek(file.length());
                file.write('\n');
            } else {
                file.setLength(file.length() - (end.length - start));
            }
        } catch (IOException e) {
            throw AppendedFile.failure(path, e);
        }
    }

    /** Some file systems leave zeros where a loss of power took what was written last. */
    private static boolean isOurs(String line) {
        String text = line.replaceAll("\0+$", "");
        return text.startsWith(START) || START.startsWith(text);
    }

    private static boolean isComplete(String line) {
        try {
            StrictJson.parseTree(line);
            return true;
        } catch (IOException cutOff) {
            return false;
        }
    }
}
