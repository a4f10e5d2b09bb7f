package io.github.cloze4j.tokenizer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the Rust tokenizer knows of each code point, read once from {@code characters.txt}.
 *
 * <p>Java's own tables would not do: they change with the release of Java, and the Rust tokenizer's come from three crates
 * of different age. Its general categories are those of Unicode 8 (so a mark or punctuation assigned later is a letter to
 * it, and an unassigned code point is not removed, whatever the comment in its source says), its decompositions those of
 * Unicode 9, its white space and lower case those of the Rust release that built it.
 */
final class CharacterTable {
    /** Dropped by the cleaning of text: NUL, U+FFFD, controls, formats, private use. */
    static final int REMOVED = 1;
    /** Separates words. */
    static final int WHITESPACE = 1 << 1;
    /** CJK ideograph. */
    static final int IDEOGRAPH = 1 << 2;
    /** A word of its own. */
    static final int PUNCTUATION = 1 << 3;
    /** Nonspacing mark: dropped if accents are stripped. */
    static final int NONSPACING = 1 << 4;
    /** Has a lower case other than itself. */
    static final int HAS_LOWER = 1 << 5;
    /** Has a canonical decomposition, full and ordered; Hangul syllables have too. */
    static final int DECOMPOSES = 1 << 6;
    /** Has a canonical combining class other than 0. */
    static final int COMBINING = 1 << 7;
    /** White space of Unicode: ends a word, also where cleaning did not make blanks of it. */
    static final int SPACE = 1 << 8;
    /** Letter, mark, digit or underscore: {@code \w} of the regular expressions of Rust. */
    static final int WORD = 1 << 9;
    /** Combining mark of any kind, which the normalizer {@code StripAccents} drops. */
    static final int MARK = 1 << 10;

    private static final String RESOURCE = "characters.txt";

    private static final int PAGE_BITS = 8;
    private static final int PAGE_SIZE = 1 << PAGE_BITS;
    private static final short[] EMPTY_PAGE = new short[PAGE_SIZE];

    private static final int SYLLABLE_FIRST = 0xAC00;
    private static final int SYLLABLE_COUNT = 11172;
    private static final int LEADING_FIRST = 0x1100;
    private static final int VOWEL_FIRST = 0x1161;
    private static final int TRAILING_BASE = 0x11A7;
    private static final int VOWEL_COUNT = 21;
    private static final int TRAILING_COUNT = 28;

    /** Declared after the constants that it is made with. */
    private static final CharacterTable INSTANCE = new CharacterTable();

    private final short[][] pages = new short[(Character.MAX_CODE_POINT + 1) >> PAGE_BITS][];
    private final Map<Integer, int[]> lower = new HashMap<>();
    private final Map<Integer, int[]> decomposed = new HashMap<>();
    private final Map<Integer, Integer> combiningClasses = new HashMap<>();

    private CharacterTable() {
        Arrays.fill(pages, EMPTY_PAGE);
        try (InputStream stream = CharacterTable.class.getResourceAsStream(RESOURCE)) {
            if (stream == null) {
                throw new IllegalStateException("Expected " + RESOURCE + " beside this class. Received: no resource");
            }
            BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.startsWith("#")) {
                    add(line.split(" "));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        mark(SYLLABLE_FIRST, SYLLABLE_FIRST + SYLLABLE_COUNT - 1, DECOMPOSES);
        // Half of a pair is no character: gone, as U+FFFD is, which an encoder to UTF-8 would make of it.
        mark(Character.MIN_SURROGATE, Character.MAX_SURROGATE, REMOVED);
    }

    static CharacterTable instance() {
        return INSTANCE;
    }

    private void add(String[] fields) {
        int first = codePoint(fields[1]);
        switch (fields[0]) {
            case "removed" -> mark(first, codePoint(fields[2]), REMOVED);
            case "whitespace" -> mark(first, codePoint(fields[2]), WHITESPACE);
            case "ideograph" -> mark(first, codePoint(fields[2]), IDEOGRAPH);
            case "punctuation" -> mark(first, codePoint(fields[2]), PUNCTUATION);
            case "space" -> mark(first, codePoint(fields[2]), SPACE);
            case "word" -> mark(first, codePoint(fields[2]), WORD);
            case "mark" -> mark(first, codePoint(fields[2]), MARK);
            case "nonspacing" -> mark(first, codePoint(fields[2]), NONSPACING);
            case "combining" -> addCombining(first, codePoint(fields[2]), Integer.parseInt(fields[3]));
            case "lower" -> addMapping(lower, first, fields, HAS_LOWER);
            case "decomposed" -> addMapping(decomposed, first, fields, DECOMPOSES);
            default -> throw new IllegalStateException("Expected a property of characters. Received: " + fields[0]);
        }
    }

    private static int codePoint(String hexadecimal) {
        return Integer.parseInt(hexadecimal, 16);
    }

    private void addCombining(int first, int last, int combiningClass) {
        for (int c = first; c <= last; c++) {
            combiningClasses.put(c, combiningClass);
        }
        mark(first, last, COMBINING);
    }

    private void addMapping(Map<Integer, int[]> mapping, int from, String[] fields, int flag) {
        int[] to = new int[fields.length - 2];
        for (int i = 0; i < to.length; i++) {
            to[i] = codePoint(fields[i + 2]);
        }
        mapping.put(from, to);
        mark(from, from, flag);
    }

    private void mark(int first, int last, int flag) {
        for (int c = first; c <= last; c++) {
            int page = c >> PAGE_BITS;
            if (pages[page] == EMPTY_PAGE) {
                pages[page] = new short[PAGE_SIZE];
            }
            pages[page][c & (PAGE_SIZE - 1)] |= (short) flag;
        }
    }

    /** The properties of a code point, or-ed. */
    int properties(int codePoint) {
        return pages[codePoint >> PAGE_BITS][codePoint & (PAGE_SIZE - 1)];
    }

    boolean has(int codePoint, int property) {
        return (properties(codePoint) & property) != 0;
    }

    /** What {@link #HAS_LOWER} says exists; one code point by itself, whatever surrounds it. */
    int[] lower(int codePoint) {
        return present(lower.get(codePoint), codePoint);
    }

    /** What {@link #DECOMPOSES} says exists. */
    int[] decomposed(int codePoint) {
        int syllable = codePoint - SYLLABLE_FIRST;
        if (syllable >= 0 && syllable < SYLLABLE_COUNT) {
            return jamo(syllable);
        }
        return present(decomposed.get(codePoint), codePoint);
    }

    /** Canonical combining class; 0 for a starter. */
    int combiningClass(int codePoint) {
        return has(codePoint, COMBINING) ? combiningClasses.getOrDefault(codePoint, 0) : 0;
    }

    /** The Unicode Standard, section 3.12: a syllable is numbered by leading consonant, vowel and trailing consonant. */
    private static int[] jamo(int syllable) {
        int leading = LEADING_FIRST + syllable / (VOWEL_COUNT * TRAILING_COUNT);
        int vowel = VOWEL_FIRST + syllable / TRAILING_COUNT % VOWEL_COUNT;
        int trailing = syllable % TRAILING_COUNT;
        return trailing == 0 ? new int[] {leading, vowel} : new int[] {leading, vowel, TRAILING_BASE + trailing};
    }

    private static int[] present(int @Nullable [] mapped, int codePoint) {
        if (mapped == null) {
            throw new IllegalArgumentException(
                    "Expected a code point with this mapping. Received: U+" + Integer.toHexString(codePoint));
        }
        return mapped;
    }
}
