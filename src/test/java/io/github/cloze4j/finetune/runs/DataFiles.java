package io.github.cloze4j.finetune.runs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.finetune.runs.DefinedWords.Definition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Writes the parts of a data set in the formats of docs/labelled-data.md. */
final class DataFiles {
    private static final ObjectMapper JSON = new ObjectMapper();

    private DataFiles() {}

    /** A text with its class. */
    record LabelledText(String text, String label) {}

    /** A sentence of words with a tag each. */
    record Sentence(List<String> words, List<String> tags) {}

    /**
     * Leaves out the records that have a tag which fewer than {@code fewest} words of all records have. Such a tag may be missing in
     * the training part, and readers refuse that.
     *
     * @param sentence the sentence of a record
     */
    static <T> List<T> withoutRareTags(List<T> records, Function<T, Sentence> sentence, int fewest) {
        Map<String, Long> counts = records.stream()
                .flatMap(item -> sentence.apply(item).tags.stream())
                .collect(Collectors.groupingBy(tag -> tag, Collectors.counting()));
        return records.stream()
                .filter(item ->
                        sentence.apply(item).tags.stream().allMatch(tag -> counts.getOrDefault(tag, 0L) >= fewest))
                .toList();
    }

    /** Writes CSV with the columns {@code text} and {@code label}, all texts quoted. */
    static void writeCsv(Path directory, Map<Part, List<LabelledText>> parts) {
        write(
                directory,
                parts,
                ".csv",
                "text,label\n",
                row -> "\"" + row.text.replace("\"", "\"\"") + "\"," + row.label + "\n");
    }

    /** Writes JSON lines with the fields {@code text} and {@code label}. */
    static void writeJsonLines(Path directory, Map<Part, List<LabelledText>> parts) {
        write(
                directory,
                parts,
                ".jsonl",
                "",
                row -> line(JSON.createObjectNode().put("text", row.text).put("label", row.label)));
    }

    /** Writes plain text. */
    static void writeLines(Path directory, Map<Part, List<String>> parts) {
        write(directory, parts, ".txt", "", text -> text + "\n");
    }

    /** Writes JSON lines with the fields {@code source} and {@code target}. */
    static void writePairs(Path directory, Map<Part, List<TextPair>> parts) {
        write(directory, parts, ".jsonl", "", row -> line(pair(row.source(), row.target())));
    }

    /**
     * Writes JSON lines with the fields {@code source} and {@code target}: in training a line for each word of a definition; of held-out definitions one line with the
     * first word, and all of them in the field {@code words}.
     */
    static void writeDefinitions(Path directory, Map<Part, List<Definition>> parts) {
        parts.forEach((part, definitions) -> {
            StringBuilder lines = new StringBuilder();
            for (Definition definition : definitions) {
                if (part == Part.TRAIN) {
                    definition.words().forEach(word -> lines.append(line(pair(definition.text(), word))));
                } else {
                    ObjectNode row = pair(definition.text(), definition.words().get(0));
                    definition.words().forEach(row.putArray("words")::add);
                    lines.append(line(row));
                }
            }
            write(directory, part, ".jsonl", lines.toString());
        });
    }

    private static ObjectNode pair(String source, String target) {
        return JSON.createObjectNode().put("source", source).put("target", target);
    }

    /** Writes CoNLL with the word and the tag in two columns, separated by a tab. */
    static void writeConll(Path directory, Map<Part, List<Sentence>> parts) {
        write(directory, parts, ".conll", "", sentence -> {
            StringBuilder lines = new StringBuilder();
            for (int i = 0; i < sentence.words.size(); i++) {
                lines.append(sentence.words.get(i))
                        .append('\t')
                        .append(sentence.tags.get(i))
                        .append('\n');
            }
            return lines.append('\n').toString();
        });
    }

    /** Writes one JSON document a part. */
    static void writeJson(Path directory, Map<Part, ? extends JsonNode> parts) {
        parts.forEach((part, tree) -> write(directory, part, ".json", line(tree)));
    }

    private static <T> void write(
            Path directory, Map<Part, List<T>> parts, String extension, String header, Function<T, String> toText) {
        parts.forEach((part, rows) -> write(
                directory, part, extension, header + rows.stream().map(toText).collect(Collectors.joining())));
    }

    private static void write(Path directory, Part part, String extension, String text) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        AtomicFiles.write(directory.resolve(part.fileName() + extension), text.getBytes(StandardCharsets.UTF_8));
    }

    private static String line(JsonNode tree) {
        try {
            return JSON.writeValueAsString(tree) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("trees of plain values are always JSON", e);
        }
    }
}
