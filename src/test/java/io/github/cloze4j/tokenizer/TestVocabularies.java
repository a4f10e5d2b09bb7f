package io.github.cloze4j.tokenizer;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Vocabularies that show differences. */
public final class TestVocabularies {
    private static final int LONGER_PIECES = 2_000;
    private static final String LETTERS = "etaoinshrdlu";

    private TestVocabularies() {}

    /** A few words, for tests whose text can be read. */
    public static Vocabulary small() {
        List<String> tokens = new ArrayList<>(Vocabulary.SPECIAL_TOKENS);
        tokens.addAll(
                List.of("the", "quick", "brown", "fox", "jump", "##s", "##ed", "over", "lazy", "dog", ".", ",", "'"));
        tokens.addAll(List.of(
                "?", "!", "do", "not", "n", "##t", "s", "ve", "re", "m", "[", "]", "mask", "MASK", "Ca", "##fé"));
        tokens.addAll(List.of("cafe", "Fox", "##x", "fo", "un", "##want", "un##", "李", "白"));
        return Vocabulary.of(tokens);
    }

    /**
     * All characters that any stage might change, each as a beginning and as a continuation, so that what became of them
     * shows in the ids. Ideographs and syllables are left out, and with them words are unknown.
     */
    public static Vocabulary everyCharacter(long seed) {
        Set<String> tokens = new LinkedHashSet<>(Vocabulary.SPECIAL_TOKENS);
        for (int c = 0; c < 0x20000; c++) {
            boolean ideographOrSyllable = c >= 0x3400 && c < 0xA000 || c >= 0xAC00 && c < 0xF900;
            if (!ideographOrSyllable && c != '\n' && c != '\r') {
                tokens.add(Character.toString(c));
                tokens.add("##" + Character.toString(c));
            }
        }
        // Longer pieces make the longest match matter.
        Random random = new Random(seed);
        for (int i = 0; i < LONGER_PIECES; i++) {
            StringBuilder piece = new StringBuilder(random.nextBoolean() ? "##" : "");
            for (int left = 2 + random.nextInt(3); left > 0; left--) {
                piece.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
            }
            tokens.add(piece.toString());
        }
        return Vocabulary.of(List.copyOf(tokens));
    }
}
