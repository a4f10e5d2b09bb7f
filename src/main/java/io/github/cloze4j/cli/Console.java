package io.github.cloze4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Where a command writes: text for people, and a result that is text or one line of JSON. */
final class Console {
    private final PrintStream out;
    private final PrintStream err;
    private final boolean json;
    private final boolean dataOnOut;

    /** @param dataOnOut whether stdout is the command's data, with which nothing else must mix */
    Console(PrintStream out, PrintStream err, boolean json, boolean dataOnOut) {
        this.dataOnOut = dataOnOut;
        this.out = out;
        this.err = err;
        this.json = json;
    }

    /** Whether the result is for programs. */
    boolean json() {
        return json;
    }

    /** For people: stdout, but stderr where stdout belongs to the JSON object. */
    PrintStream text() {
        return json ? err : out;
    }

    /** Whether what people read is shown by a terminal, which can redraw a line. */
    boolean isTerminal() {
        return !json && out == System.out && Machine.hasTerminal();
    }

    /** A line for people. */
    void say(String line) {
        text().println(line);
    }

    void result(Map<String, @Nullable Object> fields) {
        if (json) {
            out.println(jsonLine(fields));
        } else {
            PrintStream target = dataOnOut ? err : out;
            fields.forEach((name, value) -> target.println(name.replace('_', ' ') + ": " + readable(value)));
        }
        out.flush();
    }

    /** ASCII only, so that the terminal's encoding does not matter. The mapper is made here, as making it delays a start. */
    private static String jsonLine(Map<String, @Nullable Object> fields) {
        try {
            return JsonMapper.builder()
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .build()
                    .writeValueAsString(fields);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Results are plain values", e);
        }
    }

    private static String readable(@Nullable Object value) {
        if (value == null) {
            return "none";
        }
        if (value instanceof Map<?, ?> named) {
            return named.entrySet().stream()
                    .map(entry -> entry.getKey() + " " + entry.getValue())
                    .collect(Collectors.joining(", "));
        }
        if (value instanceof List<?> list) {
            return list.isEmpty()
                    ? "nothing"
                    : list.stream().map(String::valueOf).collect(Collectors.joining("; "));
        }
        return value instanceof Double number
                ? String.format(Locale.ROOT, Math.abs(number) < 1 ? "%.4f" : "%.2f", number)
                : String.valueOf(value);
    }
}
