package io.github.cloze4j.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.tokenizer.files.RustTokenizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Added tokens of all combinations of flags against the Rust tokenizer, on random text; a fresh seed at every run. */
class AddedTokensTest {
    private static final int TOKENIZERS = 60;
    private static final int TEXTS = 150;
    private static final EncodeOptions AS_CORPORA = new EncodeOptions(Integer.MAX_VALUE, false, false);
    private static final EncodeOptions AS_TRANSFORMERS = new EncodeOptions(Integer.MAX_VALUE, true, true);
    /** What tokens and texts are made of, so that tokens overlap, touch words and hold what normalization changes. */
    private static final List<String> PARTS = List.of(
            "a",
            "b",
            "A",
            "é",
            "e\u0301",
            "[",
            "]",
            "<",
            "_",
            "1",
            " ",
            "  ",
            "\t",
            "\u00A0",
            "\u0001",
            "李",
            "fox",
            "Fox",
            "the",
            ".",
            "\uD83E\uDD8A",
            "[MASK]",
            "İ",
            "ß",
            "\u302E",
            "x");

    @Test
    void idsAndOffsetsAreThoseOfTheRustTokenizer() {
        long seed = System.nanoTime();
        System.out.println("AddedTokensTest: seed " + seed);
        Random random = new Random(seed);
        int found = 0;
        for (int i = 0; i < TOKENIZERS; i++) {
            BertTokenizer tokenizer = tokenizer(random);
            try (RustTokenizer reference = RustTokenizer.of(tokenizer)) {
                for (int j = 0; j < TEXTS; j++) {
                    String text = text(random, tokenizer);
                    Encoding expected = reference.encode(text, true);
                    Encoding received = tokenizer.encode(text, AS_TRANSFORMERS);
                    String where = "seed " + seed + ", " + tokenizer.furtherSettings() + ": \"" + text + "\"";
                    assertArrayEquals(expected.ids(), received.ids(), where);
                    assertArrayEquals(expected.starts(), received.starts(), where);
                    assertArrayEquals(expected.ends(), received.ends(), where);
                    assertArrayEquals(tokenizer.encode(text, AS_CORPORA).ids(), tokenizer.ids(text), where);
                    for (int id : received.ids()) {
                        found += id >= TestVocabularies.small().size() ? 1 : 0;
                    }
                }
            }
        }
        assertTrue(found > TOKENIZERS * TEXTS / 4, found + " added tokens found, seed " + seed);
    }

    private static BertTokenizer tokenizer(Random random) {
        TokenizerConfig config = new TokenizerConfig(
                random.nextBoolean(), new Boolean[] {null, true, false}[random.nextInt(3)], random.nextBoolean());
        BertTokenizer plain = new BertTokenizer(TestVocabularies.small(), config);
        List<AddedToken> added = new ArrayList<>();
        // Of tokens that are equal when normalized the library takes any.
        Set<String> normalized = new HashSet<>();
        for (int i = random.nextInt(12); i >= 0; i--) {
            String text = join(random, 1 + random.nextInt(3));
            AddedToken token = new AddedToken(
                    text,
                    random.nextBoolean(),
                    random.nextBoolean(),
                    // The library ends the process where white space that is a token has gone to the token before it.
                    random.nextInt(3) == 0 && !beginsWithSpace(text) && !beginsWithSpace(plain.normalized(text)),
                    random.nextInt(3) == 0,
                    random.nextInt(3) == 0);
            String content = plain.normalized(token.content());
            if (!content.isEmpty() && normalized.add(content)) {
                added.add(token);
            }
        }
        if (random.nextBoolean()) {
            added.add(new AddedToken("[MASK]", true, false, true, random.nextBoolean(), false));
        }
        return plain.withVocabulary(Vocabulary.of(TestVocabularies.small().pieces(), SpecialTokenNames.BERT, added));
    }

    private static boolean beginsWithSpace(String text) {
        return !text.isEmpty() && CharacterTable.instance().has(text.codePointAt(0), CharacterTable.SPACE);
    }

    private static String text(Random random, BertTokenizer tokenizer) {
        List<AddedToken> added = tokenizer.vocabulary().addedTokens();
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            if (random.nextInt(3) == 0) {
                text.append(added.get(random.nextInt(added.size())).content());
            } else {
                text.append(join(random, 1));
            }
        }
        return text.toString();
    }

    private static String join(Random random, int parts) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts; i++) {
            text.append(PARTS.get(random.nextInt(PARTS.size())));
        }
        return text.toString();
    }

    /** In a corpus the five special tokens are words like any, but tokens that somebody added are meant. */
    @Test
    void aCorpusMayHoldAddedTokensButNotTheFive() {
        BertTokenizer tokenizer = new BertTokenizer(
                Vocabulary.of(
                        TestVocabularies.small().pieces(),
                        SpecialTokenNames.BERT,
                        List.of(AddedToken.special("[E1]"), new AddedToken("vole", false, true, false, false, true))),
                TokenizerConfig.uncased());
        Vocabulary vocabulary = tokenizer.vocabulary();
        int marker = vocabulary.id("[E1]");
        int vole = vocabulary.id("vole");
        assertArrayEquals(
                new int[] {vocabulary.id("the"), marker, vole, vocabulary.id("fox")}, tokenizer.ids("the[E1]VOLE fox"));
        assertArrayEquals(
                new int[] {vocabulary.id("["), vocabulary.id("mask"), vocabulary.id("]")}, tokenizer.ids("[MASK]"));
        assertArrayEquals(
                tokenizer.ids("the[E1]VOLE [MASK]"),
                tokenizer.encode("the[E1]VOLE [MASK]", AS_CORPORA).ids());
        assertEquals("the vole", tokenizer.decode(new int[] {vocabulary.id("the"), marker, vole}));
    }

    @Test
    void aTokenOfWhichNothingRemainsIsRefused() {
        Vocabulary vocabulary = Vocabulary.of(
                TestVocabularies.small().pieces(),
                SpecialTokenNames.BERT,
                List.of(new AddedToken("\u0301", false, true, false, false, false)));
        assertThrows(IllegalArgumentException.class, () -> new BertTokenizer(vocabulary, TokenizerConfig.uncased()));
    }
}
