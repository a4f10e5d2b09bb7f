package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReadingNewsTest {
    private int seconds;

    @Test
    void everyFiveSecondsALineSaysHowManyDocumentsWereReadAndAllOfThemPass() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        Console console = new Console(stream, stream, false, false);
        List<String> documents =
                IntStream.range(0, 12).mapToObj(String::valueOf).toList();

        List<String> read =
                new ReadingNews(console, () -> ++seconds).of(documents.stream()).toList();

        assertEquals(documents, read);
        assertEquals(
                List.of("5 documents read, 1/s", "10 documents read, 1/s"),
                err.toString(StandardCharsets.UTF_8).lines().toList());
    }
}
