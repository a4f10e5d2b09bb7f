package io.github.cloze4j.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.cloze4j.tokenizer.files.RustTokenizer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random strings against the Rust tokenizer, a fresh seed at every run: 100,000 with the tag heavy, 15,000 in every build. */
class RandomStringsTest {
    private static final int BATCH = 1_000;
    private static final long SEED = System.nanoTime();
    private static final Vocabulary VOCABULARY = TestVocabularies.everyCharacter(SEED);
    private static final EncodeOptions OPTIONS = new EncodeOptions(Integer.MAX_VALUE, false, false);

    @Tag("heavy")
    @ParameterizedTest
    @MethodSource("configs")
    void manyRandomStringsHaveTheIdsAndOffsetsOfTheRustTokenizer(TokenizerConfig config) {
        compare(config, 20);
    }

    @ParameterizedTest
    @MethodSource("configs")
    void randomStringsHaveTheIdsAndOffsetsOfTheRustTokenizer(TokenizerConfig config) {
        compare(config, 3);
    }

    private static void compare(TokenizerConfig config, int batches) {
        System.out.println("RandomStringsTest: seed " + SEED + ", " + config);
        BertTokenizer ours = new BertTokenizer(VOCABULARY, config);
        RandomUnicode random = new RandomUnicode(SEED + config.hashCode());
        try (RustTokenizer theirs = RustTokenizer.plain(ours)) {
            for (int batch = 0; batch < batches; batch++) {
                String[] texts =
                        IntStream.range(0, BATCH).mapToObj(i -> random.next()).toArray(String[]::new);
                Encoding[] expected = theirs.encode(texts);
                for (int i = 0; i < BATCH; i++) {
                    String where = config + ", seed " + SEED + ": " + escaped(texts[i]);
                    Encoding received = ours.encode(texts[i], OPTIONS);
                    assertArrayEquals(expected[i].ids(), received.ids(), where);
                    assertArrayEquals(expected[i].starts(), received.starts(), where);
                    assertArrayEquals(expected[i].ends(), received.ends(), where);
                    assertArrayEquals(expected[i].ids(), ours.ids(texts[i]), where);
                }
            }
        }
    }

    static List<TokenizerConfig> configs() {
        return List.of(
                TokenizerConfig.uncased(),
                TokenizerConfig.cased(),
                new TokenizerConfig(true, false, true),
                new TokenizerConfig(false, true, true),
                new TokenizerConfig(true, true, false));
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> escaped.append("%X ".formatted(c)));
        return escaped.toString();
    }
}
