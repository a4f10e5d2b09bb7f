package io.github.cloze4j.corpus.records;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.files.StrictJson;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON lines: one object a line. Blank lines are skipped. */
public final class JsonLinesReader implements RecordReader {
    private final TextLines lines;

    /** @param lines the lines of the text from its start */
    public JsonLinesReader(TextLines lines) {
        this.lines = lines;
    }

    @Override
    public @Nullable NamedFields next() throws IOException {
        String line = lines.next();
        while (line != null && line.isBlank()) {
            line = lines.next();
        }
        if (line == null) {
            return null;
        }
        Map<String, JsonNode> values = new LinkedHashMap<>();
        try {
            StrictJson.parseTree(line).properties().forEach(field -> values.put(field.getKey(), field.getValue()));
        } catch (IOException e) {
            String found = String.valueOf(e.getMessage()).replace(" at line 1, column", " at column");
            throw lines.source().problem("a JSON object", found, "Correct the line");
        }
        return new NamedFields(lines.source(), values);
    }
}
