package io.github.cloze4j.finetune.readers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.CorpusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables as Python's csv module reads them. */
class TableTest {
    private static final Path FIXTURE = Path.of("src/test/resources/finetune/tables.jsonl");
    private static final TextReader READER = new TextReader("x", "y", ReadOptions.DEFAULT);
    private static final String[] PIECES = {
        "a", "é", "漢", "😀", "\"", "\"\"", ",", "\t", "\n", "\r\n", "\r", " ", "'", "\\", ";", "#", "\u2028", "\u0085"
    };
    private static final String[] BREAKS = {"\n", "\r\n", "\r"};

    @TempDir
    Path directory;

    private List<InputText> read(String text, String separator) throws IOException {
        String name = separator.equals(",") ? "table.csv" : "table.tsv";
        return READER.texts(Files.writeString(directory.resolve(name), text));
    }

    @Test
    void tablesAreReadAsPythonReadsThem() throws IOException {
        int right = 0;
        int wrong = 0;
        for (String line : Files.readAllLines(FIXTURE)) {
            JsonNode table = new ObjectMapper().readTree(line);
            String text = table.get("text").textValue();
            String separator = table.get("separator").textValue();
            if (table.has("wrong")) {
                String message = assertThrows(CorpusException.class, () -> read(text, separator), line)
                        .getMessage();
                assertTrue(message.contains(", line " + table.get("wrong") + ": "), line + "\n" + message);
                wrong++;
            } else if (table.get("rows").isEmpty()) {
                String message = assertThrows(CorpusException.class, () -> read(text, separator), line)
                        .getMessage();
                assertTrue(message.contains("at least one record"), message);
            } else {
                assertEquals(expected(table.get("rows")), describe(read(text, separator)), line);
                right++;
            }
        }
        assertTrue(right > 200 && wrong > 100, right + " right and " + wrong + " wrong tables");
    }

    private static List<String> expected(JsonNode rows) {
        List<String> expected = new ArrayList<>();
        rows.forEach(row -> expected.add(row.get(0).intValue() + " "
                + quote(row.get(1).textValue()) + " " + quote(row.get(2).textValue())));
        return expected;
    }

    private static List<String> describe(List<InputText> texts) {
        return texts.stream()
                .map(text -> text.source().line() + " " + quote(text.text()) + " " + quote(text.pair()))
                .toList();
    }

    private static String quote(String text) {
        return "<" + text + ">";
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        long seed = new SplittableRandom().nextLong();
        System.out.println("TableTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 300; round++) {
            String separator = random.nextBoolean() ? "," : "\t";
            String lineBreak = BREAKS[random.nextInt(BREAKS.length)];
            List<String> expected = new ArrayList<>();
            StringBuilder table = new StringBuilder("x" + separator + "y" + lineBreak);
            int line = 2;
            for (int rows = 1 + random.nextInt(5); rows > 0; rows--) {
                String x = field(random);
                String y = field(random);
                expected.add(line + " " + quote(x) + " " + quote(y));
                table.append(written(x, separator, random)).append(separator);
                table.append(written(y, separator, random)).append(rows == 1 && random.nextBoolean() ? "" : lineBreak);
                // Joined, a carriage return and a line feed of two fields would be one break: there is a separator
                // between.
                line += 1 + breaks(x) + breaks(y);
            }
            assertEquals(expected, describe(read(table.toString(), separator)), "seed " + seed + ", table " + table);
        }
    }

    private static String field(RandomGenerator random) {
        StringBuilder field = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            field.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return field.toString();
    }

    private static String written(String field, String separator, RandomGenerator random) {
        boolean needed =
                field.contains(separator) || field.contains("\n") || field.contains("\r") || field.startsWith("\"");
        return needed || random.nextInt(3) == 0 ? "\"" + field.replace("\"", "\"\"") + "\"" : field;
    }

    private static int breaks(String field) {
        return field.replace("\r\n", "\n")
                .replace('\r', '\n')
                .replaceAll("[^\n]", "")
                .length();
    }
}
