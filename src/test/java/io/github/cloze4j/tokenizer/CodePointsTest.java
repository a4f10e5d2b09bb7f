package io.github.cloze4j.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.tokenizer.files.RustTokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every code point, alone and between letters, against the Rust tokenizer: encodings with offsets, and the fast ids. What
 * differs has to be what the allowlist has, no more and no less.
 */
class CodePointsTest {
    private static final int CHUNK = 1 << 7;
    /** Chunks of the sample. */
    private static final int SAMPLE = 200;
    /** What follows are ideographs, unassigned and private planes: for the other settings the same as for these. */
    private static final int VARIANTS_END = 0x20000;

    private static final Vocabulary VOCABULARY = TestVocabularies.everyCharacter(0);

    @Tag("heavy")
    @ParameterizedTest
    @MethodSource("configs")
    void everyCodePointHasTheIdsAndOffsetsOfTheRustTokenizer(TokenizerConfig config) throws IOException {
        int end = config.stripAccents() == null ? Character.MAX_CODE_POINT + 1 : VARIANTS_END;
        int[] starts =
                IntStream.range(0, end / CHUNK).map(chunk -> chunk * CHUNK).toArray();
        assertEquals(allowed(), differences(config, starts), "code points that differ, against the allowlist");
    }

    /** A sample of every build: other code points at every run. */
    @ParameterizedTest
    @MethodSource("configs")
    void someCodePointsHaveTheIdsAndOffsetsOfTheRustTokenizer(TokenizerConfig config) throws IOException {
        long seed = System.nanoTime();
        System.out.println("CodePointsTest: seed " + seed + ", " + config);
        Random random = new Random(seed);
        int[] starts = IntStream.range(0, SAMPLE)
                .map(i -> random.nextInt((i % 8 == 0 ? Character.MAX_CODE_POINT + 1 : VARIANTS_END) / CHUNK) * CHUNK)
                .distinct()
                .sorted()
                .toArray();
        String differences = differences(config, starts);
        List<String> unexpected = Stream.of(differences.split(" "))
                .filter(code -> !code.isEmpty())
                .collect(Collectors.toCollection(ArrayList::new));
        unexpected.removeAll(List.of(allowed().split(" ")));
        assertEquals(List.of(), unexpected, "code points that differ, seed " + seed);
    }

    static List<TokenizerConfig> configs() {
        return List.of(
                TokenizerConfig.uncased(),
                TokenizerConfig.cased(),
                new TokenizerConfig(true, false, true),
                new TokenizerConfig(false, true, false));
    }

    /** The text in which each code point stands alone and between letters. */
    private static String text(int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int c = from; c < to; c++) {
            if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
                text.appendCodePoint(c).append(" a").appendCodePoint(c).append("b ");
            }
        }
        return text.toString();
    }

    /** The allowlist's code points: first column of its lines. */
    private static String allowed() throws IOException {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(CodePointsTest.class.getResourceAsStream("/tokenizer/allowed-differences.txt")),
                StandardCharsets.UTF_8))) {
            return reader.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" ")[0])
                    .collect(Collectors.joining(" "));
        }
    }

    private static String differences(TokenizerConfig config, int[] starts) {
        BertTokenizer ours = new BertTokenizer(VOCABULARY, config);
        List<String> different = new ArrayList<>();
        try (RustTokenizer theirs = RustTokenizer.plain(ours)) {
            for (int from : starts) {
                if (!agree(ours, theirs, text(from, from + CHUNK))) {
                    for (int c = from; c < from + CHUNK; c++) {
                        if (!agree(ours, theirs, text(c, c + 1))) {
                            different.add("%04X".formatted(c));
                        }
                    }
                }
            }
        }
        return String.join(" ", different);
    }

    private static boolean agree(BertTokenizer ours, RustTokenizer theirs, String text) {
        Encoding expected = theirs.encode(text, false);
        Encoding received = ours.encode(text, new EncodeOptions(Integer.MAX_VALUE, false, false));
        return Arrays.equals(expected.ids(), received.ids())
                && Arrays.equals(expected.starts(), received.starts())
                && Arrays.equals(expected.ends(), received.ends())
                && Arrays.equals(expected.ids(), ours.ids(text));
    }
}
