package io.github.cloze4j.data.shards;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.DocumentSplit;
import io.github.cloze4j.data.DataFixtures;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataPreparationTest {
    private static final TokenizerIdentity TOKENIZER = DataFixtures.tokenizer(128);

    @TempDir
    Path root;

    /** A character is a token. */
    private static int[] characters(String text) {
        return text.chars().toArray();
    }

    private static DataPreparation preparation(int threads, double validationFraction) {
        return new DataPreparation(
                DataPreparationTest::characters, TOKENIZER, '?', threads, new DocumentSplit(validationFraction));
    }

    private static List<String> texts(Random random, int count) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(10) == 0 ? 0 : random.nextInt(400);
            for (int c = 0; c < length; c++) {
                text.append((char) ('a' + random.nextInt(26)));
            }
            texts.add(text.toString());
        }
        return texts;
    }

    private static List<String> read(Path directory) {
        List<String> texts = new ArrayList<>();
        try (TokenShards shards = TokenShards.open(directory)) {
            for (long d = 0; d < shards.count(); d++) {
                int[] ids = new int[shards.length(d)];
                shards.copy(d, 0, ids, 0, ids.length);
                texts.add(new String(ids, 0, ids.length));
            }
        }
        return texts;
    }

    private static Map<String, String> bytes(Path directory) throws IOException {
        Map<String, String> bytes = new TreeMap<>();
        try (Stream<Path> found = Files.walk(directory)) {
            for (Path file : found.filter(Files::isRegularFile).toList()) {
                bytes.put(directory.relativize(file).toString(), HexFormat.of().formatHex(Files.readAllBytes(file)));
            }
        }
        return bytes;
    }

    private List<String> names() throws IOException {
        try (Stream<Path> found = Files.list(root)) {
            return found.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void theDirectoryAroundThePartsIsRefusedAndThePartsAreNamed() {
        preparation(1, 0.5).prepare(texts(new Random(1), 20).stream(), root.resolve("data"));

        String message = assertThrows(CheckpointFormatException.class, () -> TokenShards.open(root.resolve("data")))
                .getMessage();

        assertTrue(message.endsWith("Open its train or its validation"), message);
    }

    @Test
    void anyNumberOfThreadsWritesTheSameBytes() throws IOException {
        long seed = System.nanoTime();
        List<String> texts = texts(new Random(seed), 3000);
        Map<String, String> expected = null;
        for (int threads : new int[] {1, 2, 3, 6}) {
            Path output = root.resolve("output-" + threads);
            preparation(threads, 0.1).prepare(texts.stream(), output);
            expected = expected == null ? bytes(output) : expected;
            assertEquals(expected, bytes(output), "seed " + seed);
        }
    }

    @Test
    void linesAreSentencesAndBlankOnesAreNone() {
        preparation(2, 0).prepare(Stream.of("ab\ncde\n\nf", "gh", "\n"), root.resolve("output"));
        try (TokenShards shards = TokenShards.open(root.resolve("output/train"))) {
            assertEquals(2, shards.count());
            assertArrayEquals(new int[] {2, 5, 6}, DataFixtures.sentenceEnds(shards, 0));
            assertArrayEquals(new int[] {2}, DataFixtures.sentenceEnds(shards, 1));
            assertEquals(List.of("abcdef", "gh"), read(root.resolve("output/train")));
        }
    }

    @Test
    void tokensOfADocumentAreThoseOfItsLines() {
        BertTokenizer tokenizer = new BertTokenizer(
                Vocabulary.of(Stream.concat(
                                Vocabulary.SPECIAL_TOKENS.stream(),
                                "abcdefgh\u00e9\u0301.,"
                                        .codePoints()
                                        .boxed()
                                        .flatMap(c -> Stream.of(Character.toString(c), "##" + Character.toString(c))))
                        .distinct()
                        .toList()),
                TokenizerConfig.cased());
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String characters = "abcdefgh\u00e9\u0301.,  \n\n\t";
        List<String> texts = new ArrayList<>();
        List<int[]> expected = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            StringBuilder text = new StringBuilder("a");
            for (int c = 0; c < 60; c++) {
                text.append(characters.charAt(random.nextInt(characters.length())));
            }
            texts.add(text.toString());
            expected.add(tokenizer.ids(text.toString()));
        }
        DataPreparation.of(tokenizer, 2, new DocumentSplit(0)).prepare(texts.stream(), root.resolve("output"));
        try (TokenShards shards = TokenShards.open(root.resolve("output/train"))) {
            for (int document = 0; document < texts.size(); document++) {
                int[] ids = new int[shards.length(document)];
                shards.copy(document, 0, ids, 0, ids.length);
                assertArrayEquals(expected.get(document), ids, "seed " + seed);
            }
        }
    }

    @Test
    void documentsKeepTheirOrderAndTheirSide() {
        long seed = System.nanoTime();
        List<String> texts = texts(new Random(seed), 2000);
        DocumentSplit split = new DocumentSplit(0.2);
        PreparationSummary summary = preparation(3, 0.2).prepare(texts.stream(), root.resolve("output"));

        List<String> training = texts.stream()
                .filter(text -> !text.isEmpty() && !split.isValidation(text))
                .toList();
        List<String> validation = texts.stream()
                .filter(text -> !text.isEmpty() && split.isValidation(text))
                .toList();
        assertEquals(training, read(root.resolve("output/train")), "seed " + seed);
        assertEquals(validation, read(root.resolve("output/validation")), "seed " + seed);
        assertEquals(training.size(), summary.trainingDocuments());
        assertEquals(validation.size(), summary.validationDocuments());
        assertEquals(texts.stream().filter(String::isEmpty).count(), summary.emptyDocuments());
        assertEquals(texts.stream().mapToLong(String::length).sum(), summary.tokens());
        assertEquals(training.size() + validation.size(), summary.documents());
    }

    @Test
    void memoryStaysBoundedWhileTheReaderIsFasterThanTheTokenizer() {
        AtomicLong waiting = new AtomicLong();
        AtomicLong mostWaiting = new AtomicLong();
        String text = "x".repeat(1000);
        Stream<String> documents = IntStream.range(0, 20_000).mapToObj(i -> {
            mostWaiting.accumulateAndGet(waiting.incrementAndGet(), Math::max);
            return text;
        });
        new DataPreparation(
                        document -> {
                            waiting.decrementAndGet();
                            return new int[] {1};
                        },
                        TOKENIZER,
                        '?',
                        2,
                        new DocumentSplit(0))
                .prepare(documents, root.resolve("output"));
        // Two threads, four chunks of 66 documents ahead for each, and one more in the making.
        assertTrue(mostWaiting.get() <= 66 * 12, mostWaiting + " documents waited");
    }

    @Test
    void anEmptyValidationSideIsSaidAndAnEmptyTrainingSideIsRefused() throws IOException {
        Path output = root.resolve("output");
        PreparationSummary summary = preparation(1, 0).prepare(Stream.of("one", "", "two"), output);
        assertEquals(0, summary.validationDocuments());
        assertTrue(summary.describe().contains("none for validation"), summary.describe());
        assertEquals(List.of(), read(output.resolve("validation")));
        Map<String, String> before = bytes(output);

        assertThrows(CorpusException.class, () -> preparation(1, 0).prepare(Stream.of("", ""), output));
        assertThrows(CorpusException.class, () -> preparation(1, 0).prepare(Stream.empty(), output));
        String validationOnly = texts(new Random(1), 100).stream()
                .filter(text -> !text.isEmpty() && new DocumentSplit(0.5).isValidation(text))
                .findFirst()
                .orElseThrow();
        assertThrows(CorpusException.class, () -> preparation(1, 0.5).prepare(Stream.of(validationOnly), output));
        assertEquals(before, bytes(output));
        assertEquals(List.of("output"), names());
    }

    @Test
    void aFailureAnywhereLeavesWhatWasThere() throws IOException {
        Path output = root.resolve("output");
        preparation(2, 0).prepare(Stream.of("before"), output);
        Map<String, String> before = bytes(output);
        IllegalStateException failure = new IllegalStateException("broken");
        DataPreparation failing = new DataPreparation(
                text -> {
                    if (text.equals("700")) {
                        throw failure;
                    }
                    return new int[] {1};
                },
                TOKENIZER,
                '?',
                2,
                new DocumentSplit(0));
        assertSame(
                failure,
                assertThrows(
                        IllegalStateException.class,
                        () -> failing.prepare(IntStream.range(0, 1000).mapToObj(String::valueOf), output)));
        Stream<String> breaking = Stream.of("fine", "breaks").peek(text -> {
            if (text.equals("breaks")) {
                throw new CorpusException("unreadable");
            }
        });
        assertThrows(CorpusException.class, () -> preparation(2, 0).prepare(breaking, output));
        assertThrows(IllegalArgumentException.class, () -> preparation(2, 0)
                .prepare(Stream.of("outside the vocabulary: ü"), output));
        assertEquals(before, bytes(output));
        assertEquals(List.of("output"), names());
    }

    @Test
    void earlierDataIsReplacedAndNothingIsLeftBehind() throws IOException {
        Path output = root.resolve("not/there/yet");
        preparation(1, 0).prepare(Stream.of("before"), output);
        try (TokenShards open = TokenShards.open(output.resolve("train"))) {
            preparation(1, 0).prepare(Stream.of("after"), output);
            assertEquals(6, open.length(0), "open shards stay readable");
        }
        assertEquals(List.of("after"), read(output.resolve("train")));
        try (Stream<Path> found = Files.list(output.getParent())) {
            assertEquals(1, found.count());
        }
    }

    @Test
    void foreignFilesAreNeverReplaced() throws IOException {
        Path output = Files.createDirectories(root.resolve("output"));
        Files.writeString(output.resolve("thesis.txt"), "precious");
        assertThrows(IllegalArgumentException.class, () -> preparation(1, 0).prepare(Stream.of("text"), output));
        assertEquals("precious", Files.readString(output.resolve("thesis.txt")));
        Path named = Files.createDirectories(root.resolve("named/train"));
        Files.writeString(named.resolve("thesis.txt"), "precious");
        assertThrows(IllegalArgumentException.class, () -> preparation(1, 0)
                .prepare(Stream.of("text"), root.resolve("named")));
        assertEquals("precious", Files.readString(named.resolve("thesis.txt")));
        Path file = Files.writeString(root.resolve("file"), "precious");
        assertThrows(RuntimeException.class, () -> preparation(1, 0).prepare(Stream.of("text"), file));
        assertEquals("precious", Files.readString(file));
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> preparation(0, 0));
    }

    /** At the first document, in the midst, and by a thread that comes already interrupted. */
    @Test
    void anInterruptLeavesTheFormerDataAndTheThreadInterrupted() throws IOException {
        Path output = root.resolve("data");
        preparation(2, 0).prepare(texts(new Random(1), 20).stream(), output);
        Map<String, String> before = bytes(root);
        List<String> texts = texts(new Random(2), 4000);
        for (int at : new int[] {0, 3000}) {
            Stream<String> documents = IntStream.range(0, texts.size()).mapToObj(i -> {
                if (i == at) {
                    Thread.currentThread().interrupt();
                }
                return texts.get(i);
            });
            String message = assertThrows(
                            Cloze4jException.class, () -> preparation(2, 0).prepare(documents, output))
                    .getMessage();
            assertTrue(Thread.interrupted());
            assertTrue(message.contains("an interrupt"), message);
            assertEquals(before, bytes(root));
        }
    }
}
