package io.github.cloze4j.cli;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Columns of the terminal that this process runs in, as {@code stty} says; where it says nothing, those of the usual one.
 * Java itself does not tell, nor is it told when a window changes: so it is asked for again every few seconds.
 */
public final class TerminalWidth implements IntSupplier {
    static final int USUAL = 80;

    private static final File TERMINAL = new File("/dev/tty");
    private static final Pattern ROWS_AND_COLUMNS = Pattern.compile("\\d+ (\\d+)\\s*");
    private static final double SECONDS_BETWEEN = 2;
    private static final int MOST_SECONDS = 2;

    private Stopwatch sinceAsked = new Stopwatch();
    private int columns;

    @Override
    public int getAsInt() {
        if (columns == 0 || sinceAsked.seconds() > SECONDS_BETWEEN) {
            columns = parse(ask());
            sinceAsked = new Stopwatch();
        }
        return columns;
    }

    /** @param size rows and columns; some terminals without a window say 0 */
    static int parse(String size) {
        Matcher matcher = ROWS_AND_COLUMNS.matcher(size);
        int found = matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
        return found > 0 ? found : USUAL;
    }

    private static String ask() {
        try {
            Process query = new ProcessBuilder("stty", "size")
                    .redirectInput(TERMINAL)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (InputStream output = query.getInputStream()) {
                String text = new String(output.readAllBytes(), StandardCharsets.US_ASCII);
                return query.waitFor(MOST_SECONDS, TimeUnit.SECONDS) ? text : "";
            } finally {
                query.destroy();
            }
        } catch (IOException noSuchCommandOrTerminal) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
