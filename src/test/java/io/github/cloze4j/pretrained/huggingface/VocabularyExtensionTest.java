package io.github.cloze4j.pretrained.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.model.Answers;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.SpecialTokenNames;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.tokenizer.files.RustTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

class VocabularyExtensionTest {
    /** Of the fixture's tokens, some words: of several pieces, with unknown characters, and a continuation. */
    private static final List<String> TOKENS = List.of("undoable", "playing", "seas", "ß", "##as");

    @TempDir
    private Path root;

    private static BertTokenizer tokenizer() {
        return ModelDirectory.readTokenizer(PretrainedFixture.DIRECTORY);
    }

    private static Bert model(String kernels, DataType type) {
        return ModelDirectory.readModel(PretrainedFixture.DIRECTORY, KernelProviders.create(kernels, type));
    }

    private static double[] scores(Bert model, int[] ids, int... masked) {
        int[] zeros = new int[ids.length];
        int[] positions = IntStream.range(0, ids.length).toArray();
        Batch batch = new Batch(
                1,
                ids.length,
                ids,
                zeros,
                positions,
                Documents.bidirectional(new int[] {0, ids.length}),
                ids.length,
                List.of(new Targets(masked, new int[masked.length])));
        return Answers.scores(model, batch, 0);
    }

    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE, 1e-12", "nd4j, FLOAT, 1e-5", "cpu, FLOAT, 1e-5"})
    void oldTokensScoreAsBeforeAndNewOnesAsTheirPiecesOnAverage(String kernels, DataType type, double tolerance) {
        VocabularyExtension extension = VocabularyExtension.of(tokenizer(), TOKENS);
        int[] ids = {2, 4, 11, 4, 5, 20, 3};
        try (Bert model = model(kernels, type);
                Bert extended = extension.apply(model)) {
            int former = model.config().vocabSize();
            int now = extended.config().vocabSize();
            assertEquals(former + TOKENS.size(), now);

            double[] before = scores(model, ids, 1, 3);
            double[] after = scores(extended, ids, 1, 3);

            for (int mask = 0; mask < 2; mask++) {
                for (int token = 0; token < former; token++) {
                    assertEquals(before[mask * former + token], after[mask * now + token], tolerance * 10);
                }
                for (int i = 0; i < TOKENS.size(); i++) {
                    int start = mask * former;
                    double mean = IntStream.of(tokenizer().ids(TOKENS.get(i).replace("##", "")))
                            .mapToDouble(piece -> before[start + piece])
                            .average()
                            .orElseThrow();
                    assertEquals(mean, after[mask * now + former + i], tolerance * 10, TOKENS.get(i));
                }
            }
        }
    }

    @Test
    void specialTokensKeepNamesOfTheirOwn() {
        SpecialTokenNames names = new SpecialTokenNames("<pad>", "<unk>", "<s>", "</s>", "<mask>");
        List<String> tokens = List.of("<pad>", "<unk>", "<s>", "</s>", "<mask>", "play", "##ing");
        BertTokenizer former = new BertTokenizer(Vocabulary.of(tokens, names), TokenizerConfig.uncased());

        BertTokenizer extended =
                VocabularyExtension.of(former, List.of("playing")).tokenizer();

        assertEquals(names, extended.vocabulary().specialTokens());
        assertArrayEquals(new int[] {7}, extended.ids("playing"));
        assertEquals(4, extended.vocabulary().maskId());
    }

    @Test
    void aNewTokenIsReadAsTheMeanOfItsPieces() {
        VocabularyExtension extension = VocabularyExtension.of(tokenizer(), List.of("playing"));
        int[] pieces = tokenizer().ids("playing");
        assertEquals(2, pieces.length);
        try (Bert model = model("nd4j", DataType.DOUBLE);
                Bert extended = extension.apply(model)) {
            String words = "bert.embeddings.word_embeddings.weight";
            double[] row = extended.parameters()
                    .parameter(words)
                    .value()
                    .getRow(60)
                    .dup()
                    .data()
                    .asDouble();
            var table = model.parameters().parameter(words).value();
            for (int column = 0; column < row.length; column++) {
                double mean = (table.getDouble(pieces[0], column) + table.getDouble(pieces[1], column)) / 2;
                assertEquals(mean, row[column], 1e-15);
            }
        }
    }

    @Test
    void rowsThatTheModelHasToSpareAreTakenFirst() {
        Vocabulary vocabulary = tokenizer().vocabulary();
        int size = 58;
        BertTokenizer shorter = new BertTokenizer(
                Vocabulary.of(
                        IntStream.range(0, size).mapToObj(vocabulary::token).toList()),
                tokenizer().config());
        try (Bert model = model("nd4j", DataType.DOUBLE)) {
            try (Bert extended =
                    VocabularyExtension.of(shorter, List.of("seas")).apply(model)) {
                assertEquals(60, extended.config().vocabSize());
                int[] pieces = shorter.ids("seas");
                int[] ids = {2, 4, 11, 3};
                double[] before = scores(model, ids, 1);
                double[] after = scores(extended, ids, 1);
                assertEquals((before[pieces[0]] + before[pieces[1]]) / 2, after[size], 1e-12);
                assertEquals(before[59], after[59], 0, "a row that stays to spare");
            }
            try (Bert extended = VocabularyExtension.of(shorter, List.of("seas", "playing", "ß"))
                    .apply(model)) {
                assertEquals(61, extended.config().vocabSize());
            }
        }
    }

    @Test
    void aModelWithFewerRowsThanTheVocabularyIsRefused() {
        BertTokenizer longer = VocabularyExtension.of(tokenizer(), TOKENS).tokenizer();
        VocabularyExtension extension = VocabularyExtension.of(longer, List.of("queens"));
        try (Bert model = model("nd4j", DataType.FLOAT)) {
            String message = assertThrows(IllegalArgumentException.class, () -> extension.apply(model))
                    .getMessage();
            assertTrue(message.contains("60") && message.contains("65"), message);
        }
    }

    @Test
    void idsAreThoseOfTheRustTokenizer() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> tokens = List.of("undoable", "undo", "playing", "seas", "##as", "##ings", "ß", "redgreen", "素");
        BertTokenizer extended = VocabularyExtension.of(tokenizer(), tokens).tokenizer();
        assertEquals("undoable", extended.vocabulary().token(60));
        List<String> parts = List.of(
                "un", "do", "able", "play", "ing", "ings", "s", "sea", "as", "ß", "red", "green", " ", " ", ", ", "素",
                "Playing", "x", "É");
        try (RustTokenizer rust = RustTokenizer.of(extended)) {
            for (int i = 0; i < 2_000; i++) {
                StringBuilder text = new StringBuilder();
                random.ints(1 + random.nextInt(12), 0, parts.size()).forEach(part -> text.append(parts.get(part)));
                assertArrayEquals(
                        rust.encode(text.toString(), true).ids(),
                        extended.encode(text.toString(), EncodeOptions.defaults())
                                .ids(),
                        () -> "seed " + seed + ": " + text);
            }
        }
        assertArrayEquals(new int[] {60, 62, 63}, extended.ids("undoable PLAYING seas"));
    }

    @Test
    void whatTheVocabularyHasAndRepetitionsAreLeftOut() {
        VocabularyExtension extension =
                VocabularyExtension.of(tokenizer(), List.of("cat", "seas", "##ing", "seas", "ships"));

        assertEquals(List.of("seas", "ships"), extension.added());
        assertEquals(List.of("cat", "##ing", "seas"), extension.known());
        assertEquals(62, extension.tokenizer().vocabulary().size());
        assertEquals(tokenizer().config(), extension.tokenizer().config());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "##", "two words", " seas", "covid-19", "COVID", "café", "[NEW]", "##[PAD]", "\u0000", "###"
            })
    void aTokenThatNoTextCanGiveIsRefused(String token) {
        BertTokenizer tokenizer = tokenizer();
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> VocabularyExtension.of(tokenizer, List.of("seas", token)));

        assertTrue(refused.getMessage().contains("Received: " + token + "."), refused.getMessage());
    }

    @Test
    void aCasedTokenizerMayHaveUpperCaseAndAccents() {
        BertTokenizer cased = new BertTokenizer(tokenizer().vocabulary(), TokenizerConfig.cased());

        assertEquals(
                List.of("Café", "COVID"),
                VocabularyExtension.of(cased, List.of("Café", "COVID")).added());
        String tooLong = "a".repeat(101);
        assertThrows(IllegalArgumentException.class, () -> VocabularyExtension.of(cased, List.of(tooLong)));
    }

    @Test
    void anExtensionWithoutNewTokensIsRefused() {
        BertTokenizer tokenizer = tokenizer();
        for (List<String> tokens : List.of(List.<String>of(), List.of("cat", "dog"))) {
            assertThrows(IllegalArgumentException.class, () -> VocabularyExtension.of(tokenizer, tokens));
        }
    }

    @Test
    void aFileHoldsATokenALine() throws IOException {
        Path file = Files.writeString(root.resolve("tokens.txt"), "seas\r\n\n素\nships");

        assertEquals(
                List.of("seas", "素", "ships"),
                new ArrayList<>(VocabularyExtension.read(tokenizer(), file).added()));

        Files.write(file, "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
        assertNames(file);
        Files.writeString(file, "COVID");
        assertNames(file);
        Files.delete(file);
        assertNames(file);
    }

    private static void assertNames(Path file) {
        BertTokenizer tokenizer = tokenizer();
        CorpusException failure = assertThrows(CorpusException.class, () -> VocabularyExtension.read(tokenizer, file));
        assertTrue(failure.getMessage().contains(file.toString()), failure.getMessage());
    }

    /** Markers are found in a text before words are made of it, and those that the vocabulary has keep their ids. */
    @Test
    void markersBecomeSpecialTokens() {
        VocabularyExtension first = VocabularyExtension.ofMarkers(tokenizer(), List.of("[E1]", "[/E1]"));
        Vocabulary vocabulary = first.tokenizer().vocabulary();
        int size = tokenizer().vocabulary().size();
        assertEquals(size, vocabulary.id("[E1]"));
        int[] sea = tokenizer().ids("sea");
        int[] expected = IntStream.concat(
                        IntStream.of(size), IntStream.concat(IntStream.of(sea), IntStream.of(size + 1)))
                .toArray();
        assertArrayEquals(expected, first.tokenizer().ids("[E1]sea[/E1]"));
        VocabularyExtension second = VocabularyExtension.ofMarkers(first.tokenizer(), List.of("[E1]", "[E2]"));
        assertEquals(List.of("[E1]"), second.known());
        assertEquals(List.of("[E2]"), second.added());
        assertEquals(size, second.tokenizer().vocabulary().id("[E1]"));
        assertArrayEquals(expected, second.tokenizer().ids("[E1]sea[/E1]"));
        // A piece of the vocabulary becomes a special token with the id that it has.
        VocabularyExtension piece = VocabularyExtension.ofMarkers(tokenizer(), List.of("sea"));
        assertEquals(
                tokenizer().vocabulary().id("sea"),
                piece.tokenizer().vocabulary().id("sea"));
        assertEquals(
                1,
                piece.tokenizer().vocabulary().addedTokens().size()
                        - tokenizer().vocabulary().addedTokens().size());
    }
}
