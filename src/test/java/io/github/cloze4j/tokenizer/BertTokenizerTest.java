package io.github.cloze4j.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.tokenizer.files.RustTokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BertTokenizerTest {
    private static final Vocabulary VOCABULARY = TestVocabularies.small();
    private static final BertTokenizer UNCASED = new BertTokenizer(VOCABULARY, TokenizerConfig.uncased());
    private static final BertTokenizer CASED = new BertTokenizer(VOCABULARY, TokenizerConfig.cased());
    private static final EncodeOptions MASKS = new EncodeOptions(Integer.MAX_VALUE, true, true);

    @Test
    void piecesAreTheLongestThatTheVocabularyHas() {
        assertEquals(
                "the quick fox jump ##s , jump ##ed over", tokens(UNCASED.ids("The QUICK fox jumps, jumped over")));
        assertEquals("[UNK] [UNK] Fox fox ##x ##s", tokens(CASED.ids("The QUICK Fox foxxs")));
    }

    @Test
    void accentsGoWithTheCaseUnlessTheConfigurationSaysOtherwise() {
        assertEquals("cafe", tokens(UNCASED.ids("Café")));
        assertEquals("Ca ##fé", tokens(CASED.ids("Café")));
        assertEquals(
                "[UNK]", tokens(new BertTokenizer(VOCABULARY, new TokenizerConfig(true, false, true)).ids("Café")));
    }

    /** As sentence-transformers puts {@code Lowercase} before a tokenizer's own normalizer. */
    @Test
    void lowerCasingKeepsAllElseOfATokenizer() {
        assertEquals("the quick fox", tokens(CASED.lowerCasing().ids("The QUICK Fox")));
        assertEquals(UNCASED, UNCASED.lowerCasing());
        BertTokenizer own = new BertTokenizer(
                VOCABULARY, new TextPipeline(List.of(TextPipeline.Stage.CLEAN), TextPipeline.Cuts.NONE, 4));
        BertTokenizer lowerCasing = own.lowerCasing();
        assertEquals("jump [UNK] [UNK]", tokens(lowerCasing.ids("JUMP QUICK Fox,")));
        assertEquals(own.pipeline().cuts(), lowerCasing.pipeline().cuts());
        BertTokenizer accentless = new BertTokenizer(VOCABULARY, new TokenizerConfig(false, true, true));
        assertEquals(
                TextPipeline.Stage.LOWER_CASE,
                accentless.lowerCasing().pipeline().stages().get(0));
        assertEquals("cafe", tokens(accentless.lowerCasing().ids("CAFÉ")));
    }

    @Test
    void ideographsAreWordsOfTheirOwnUnlessTheConfigurationSaysOtherwise() {
        assertEquals("李 白", tokens(UNCASED.ids("李白")));
        assertEquals("[UNK]", tokens(new BertTokenizer(VOCABULARY, new TokenizerConfig(true, null, false)).ids("李白")));
    }

    @Test
    void offsetsAreUtf16IndicesIntoTheSource() {
        String text = "\uD83E\uDD8A fox\u0301es? Jump\u0000s 李";
        Encoding encoding = UNCASED.encode(text, EncodeOptions.defaults());
        assertEquals("[CLS] [UNK] [UNK] ? jump ##s 李 [SEP]", tokens(encoding.ids()));
        assertArrayEquals(new int[] {0, 0, 3, 9, 11, 16, 18, 0}, encoding.starts());
        assertArrayEquals(new int[] {0, 2, 9, 10, 15, 17, 19, 0}, encoding.ends());
    }

    @Test
    void theSourceAtATokensOffsetsIsTheTokenWhereTheSourceIsNormalAlready() {
        String text = "the quick brown fox jumps over the lazy dog, don't";
        Encoding encoding = UNCASED.encode(text, new EncodeOptions(Integer.MAX_VALUE, false, false));
        for (int i = 0; i < encoding.ids().length; i++) {
            String token = VOCABULARY.token(encoding.ids()[i]);
            if (encoding.ids()[i] != VOCABULARY.unkId()) {
                assertEquals(token.replace("##", ""), text.substring(encoding.starts()[i], encoding.ends()[i]));
            }
        }
    }

    @Test
    void loneSurrogatesAreDroppedInBothWays() {
        for (String text : new String[] {"f\uD83Eox", "f\uDD8Aox", "fox\uD83E", "\uDD8A fox", "f\uDD8A\uD83Eox"}) {
            assertEquals("fox", tokens(UNCASED.ids(text)));
            assertArrayEquals(
                    UNCASED.ids(text),
                    UNCASED.encode(text, new EncodeOptions(Integer.MAX_VALUE, false, false))
                            .ids());
        }
    }

    @Test
    void wordsOfMoreThanAHundredCodePointsAreUnknown() {
        Vocabulary letters = TestVocabularies.everyCharacter(0);
        BertTokenizer tokenizer = new BertTokenizer(letters, TokenizerConfig.cased());
        assertEquals(100, tokenizer.ids("\uD801\uDC28".repeat(100)).length);
        assertArrayEquals(new int[] {letters.unkId()}, tokenizer.ids("\uD801\uDC28".repeat(101)));
    }

    @Test
    void emptyTextsHaveNoTokensOfTheirOwn() {
        assertEquals(0, UNCASED.ids("").length);
        assertEquals(0, UNCASED.ids(" \t\u0000\u00AD\u3000").length);
        assertEquals(
                "[CLS] [SEP]",
                tokens(UNCASED.encode("", EncodeOptions.defaults()).ids()));
        assertEquals(
                "[CLS] [SEP] [SEP]",
                tokens(UNCASED.encode("", "", EncodeOptions.defaults()).ids()));
    }

    @Test
    void specialTokensInTheTextAreTokensOnRequestOnly() {
        String text = "the [MASK] fox";
        assertEquals(
                "[CLS] the [MASK] fox [SEP]", tokens(UNCASED.encode(text, MASKS).ids()));
        assertEquals(
                "[CLS] the [ mask ] fox [SEP]",
                tokens(UNCASED.encode(text, EncodeOptions.defaults()).ids()));
        assertEquals("the [ mask ] fox", tokens(UNCASED.ids(text)));
    }

    @Test
    void specialTokensInTheTextAreThoseOfTheRustTokenizer() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] parts = {
            "[MASK]", "[SEP]", "[CLS]", "[PAD]", "[UNK]", "[", "]", "[MASK", "[mask]", "fox", " ", "é", "李"
        };
        for (BertTokenizer ours : new BertTokenizer[] {UNCASED, CASED}) {
            try (RustTokenizer on = RustTokenizer.of(ours);
                    RustTokenizer off = RustTokenizer.plain(ours)) {
                for (int i = 0; i < 1_000; i++) {
                    StringBuilder text = new StringBuilder();
                    random.ints(random.nextInt(10), 0, parts.length).forEach(part -> text.append(parts[part]));
                    String where = "seed " + seed + ": " + text;
                    assertSame(on.encode(text.toString(), true), ours.encode(text.toString(), MASKS), where);
                    assertSame(
                            off.encode(text.toString(), true),
                            ours.encode(text.toString(), EncodeOptions.defaults()),
                            where);
                }
            }
        }
    }

    @Test
    void pairsAndTruncationAreThoseOfTheRustTokenizer() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (boolean special : new boolean[] {true, false}) {
            for (int maxLength = special ? 4 : 1; maxLength < 24; maxLength++) {
                EncodeOptions options = new EncodeOptions(maxLength, special, true);
                try (RustTokenizer theirs = RustTokenizer.truncating(UNCASED, maxLength, special)) {
                    for (int i = 0; i < 30; i++) {
                        String first = words(random);
                        String second = words(random);
                        String where = "seed " + seed + ", at most " + maxLength + ": " + first + " | " + second;
                        assertSame(theirs.encode(first, special), UNCASED.encode(first, options), where);
                        assertSame(
                                theirs.encode(first, second, special), UNCASED.encode(first, second, options), where);
                    }
                }
            }
        }
    }

    @Test
    void aMaximumLengthBelowTheSpecialTokensIsRefused() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> UNCASED.encode("fox", "dog", new EncodeOptions(2, true, false)))
                .getMessage();
        assertTrue(message.contains("at least 3") && message.contains("Received: 2"), message);
        assertEquals(
                "[CLS] [SEP]",
                tokens(UNCASED.encode("fox", new EncodeOptions(2, true, false)).ids()));
        assertThrows(IllegalArgumentException.class, () -> new EncodeOptions(0, false, false));
    }

    @Test
    void decodedTextIsThatOfTheRustTokenizer() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (RustTokenizer theirs = RustTokenizer.of(UNCASED)) {
            for (int i = 0; i < 2_000; i++) {
                int[] ids =
                        random.ints(random.nextInt(12), 0, VOCABULARY.size()).toArray();
                assertEquals(theirs.decode(ids), UNCASED.decode(ids), "seed " + seed + ": " + tokens(ids));
            }
        }
        Encoding encoding = UNCASED.encode("The fox jumps , over !", EncodeOptions.defaults());
        assertEquals("the fox jumps, over!", UNCASED.decode(encoding.ids()));
    }

    @Test
    void idsOutsideTheVocabularyAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> UNCASED.decode(new int[] {VOCABULARY.size()}));
        assertThrows(IllegalArgumentException.class, () -> UNCASED.decode(new int[] {-1}));
    }

    @Test
    void threadsShareATokenizer() {
        RandomUnicode random = new RandomUnicode(0);
        String[] texts = IntStream.range(0, 2_000).mapToObj(i -> random.next()).toArray(String[]::new);
        int[][] alone = Arrays.stream(texts).map(UNCASED::ids).toArray(int[][]::new);
        int[][] together = Arrays.stream(texts).parallel().map(UNCASED::ids).toArray(int[][]::new);
        assertArrayEquals(alone, together);
    }

    private static String words(Random random) {
        String[] words = {"the", "quick", "jumped", "dog.", "李", "xyz", "[MASK]"};
        StringBuilder text = new StringBuilder();
        random.ints(random.nextInt(15), 0, words.length)
                .forEach(word -> text.append(words[word]).append(' '));
        return text.toString();
    }

    private static String tokens(int[] ids) {
        return String.join(" ", Arrays.stream(ids).mapToObj(VOCABULARY::token).toList());
    }

    private static void assertSame(Encoding expected, Encoding received, String where) {
        assertArrayEquals(expected.ids(), received.ids(), where);
        assertArrayEquals(expected.typeIds(), received.typeIds(), where);
        assertArrayEquals(expected.starts(), received.starts(), where);
        assertArrayEquals(expected.ends(), received.ends(), where);
        assertArrayEquals(expected.special(), received.special(), where);
    }
}
