package io.github.cloze4j.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Where a command writes: text for people, and a result that is text or one line of JSON. */
public final class Console {
    /** How a warning begins. */
    static final String WARNING = "warning:";

    private final PrintStream out;
    private final PrintStream err;
    private final boolean json;
    private final boolean dataOnOut;
    private @Nullable JsonGenerator begun;

    /** @param dataOnOut whether stdout is the command's data, with which nothing else must mix */
    Console(PrintStream out, PrintStream err, boolean json, boolean dataOnOut) {
        this.dataOnOut = dataOnOut;
        this.out = out;
        this.err = err;
        this.json = json;
    }

    /** Whether the result is for programs. */
    public boolean json() {
        return json;
    }

    /** For people: stdout, but stderr where stdout belongs to the JSON object. */
    public PrintStream text() {
        return json ? err : out;
    }

    /** Whether what people read is shown by a terminal, which can redraw a line. */
    public boolean isTerminal() {
        return !json && out == System.out && Machine.hasTerminal();
    }

    /** A line for people. */
    public void say(String line) {
        text().println(line);
    }

    /**
     * Fails if what was said or the result could not be written.
     *
     * @throws TextStream.ReaderGoneException if nobody reads it any more
     */
    public void requireOpen() throws IOException {
        TextStream.requireWritten(out);
        if (json) {
            TextStream.requireWritten(err);
        }
    }

    /** A stream of bytes to the same place as {@link #text}. Fails at once if a byte cannot be written. */
    public OutputStream bytes() {
        return new FilterOutputStream(text()) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
                TextStream.requireWritten(text());
            }
        };
    }

    /** A line that needs attention; the command goes on. */
    public void warn(String line) {
        err.println(WARNING + " " + line);
    }

    /** News of a long run, which mix with no result. */
    void progress(String line) {
        err.println(line);
    }

    /**
     * Begins the JSON object with a list, whose elements are written as they come: however many, none is kept. Of a command
     * that fails meanwhile the object stays unfinished.
     */
    public void beginList(String name) throws IOException {
        begun = ResultJson.MAPPER.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        begun.writeStartObject();
        begun.writeArrayFieldStart(name);
    }

    /** One more element of the list. */
    public void element(Object value) throws IOException {
        if (begun == null) {
            throw new IllegalStateException("Expected a list that was begun");
        }
        ResultJson.MAPPER.writeValue(begun, value);
        TextStream.requireWritten(out);
    }

    void result(Map<String, @Nullable Object> fields) throws IOException {
        if (begun != null) {
            begun.writeEndArray();
            for (Map.Entry<String, @Nullable Object> field : fields.entrySet()) {
                begun.writeObjectField(field.getKey(), field.getValue());
            }
            begun.writeEndObject();
            begun.close();
            out.println();
        } else if (json) {
            out.println(ResultJson.MAPPER.writeValueAsString(fields));
        } else {
            PrintStream target = dataOnOut ? err : out;
            fields.forEach((name, value) -> target.println(name.replace('_', ' ') + ": " + readable(value)));
        }
        out.flush();
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
