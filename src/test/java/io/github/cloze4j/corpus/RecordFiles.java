package io.github.cloze4j.corpus;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;

/** Writes documents, each a list of sentences, as files of every format. */
public final class RecordFiles {
    private static final ObjectMapper JSON = new ObjectMapper();

    private RecordFiles() {}

    /** Writes a text, packed as the file's name says. */
    public static Path write(Path file, String text) throws IOException {
        try (OutputStream bytes = Files.newOutputStream(file);
                OutputStream packed = file.toString().endsWith(".gz")
                        ? new GZIPOutputStream(bytes)
                        : file.toString().endsWith(".zst") ? new ZstdOutputStream(bytes) : bytes) {
            packed.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return file;
    }

    /** Plain text whose documents end at blank lines. */
    public static String blankLines(List<List<String>> documents) {
        return documents.stream()
                .map(document -> String.join("\n", document) + "\n\n")
                .collect(Collectors.joining());
    }

    /** JSON lines: the sentences as a list. */
    public static String jsonLists(List<List<String>> documents, String field) {
        return jsonLines(documents.stream().map(JSON::<JsonNode>valueToTree).toList(), field);
    }

    /** JSON lines: the sentences as the lines of a text. */
    public static String jsonTexts(List<List<String>> documents, String field) {
        return jsonLines(
                documents.stream()
                        .map(document -> JSON.<JsonNode>valueToTree(String.join("\n", document)))
                        .toList(),
                field);
    }

    /** JSON lines: a list of objects in an object, with a sentence each. */
    public static String jsonNested(List<List<String>> documents, String outer, String inner) {
        return jsonLines(
                documents.stream()
                        .map(document -> {
                            ArrayNode objects = JSON.createArrayNode();
                            document.forEach(sentence -> objects.addObject().put(inner, sentence));
                            return (JsonNode) objects;
                        })
                        .toList(),
                outer);
    }

    private static String jsonLines(List<JsonNode> values, String field) {
        StringBuilder lines = new StringBuilder();
        for (JsonNode value : values) {
            ObjectNode line = JSON.createObjectNode().put("id", lines.length());
            line.set(field, value);
            lines.append(line).append('\n');
        }
        return lines.toString();
    }

    /** A table with a column of numbers and one of texts, in quotes. */
    public static String table(List<List<String>> documents, String field, char separator) {
        StringBuilder rows = new StringBuilder("id" + separator + field + "\n");
        for (List<String> document : documents) {
            String text = String.join("\n", document).replace("\"", "\"\"");
            rows.append(rows.length())
                    .append(separator)
                    .append('"')
                    .append(text)
                    .append("\"\n");
        }
        return rows.toString();
    }
}
