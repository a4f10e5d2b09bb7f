package io.github.cloze4j.tokenizer;

import java.util.List;
import java.util.Random;

/** Strings such as no corpus has: scripts, accents, ideographs, controls, punctuation, long words, emoji, all mixed. */
final class RandomUnicode {
    /** First and last code point. */
    private static final List<int[]> KINDS = List.of(
            new int[] {'a', 'z'},
            new int[] {'A', 'Z'},
            new int[] {' ', '~'},
            new int[] {0, 0xFF},
            new int[] {0xC0, 0x24F},
            new int[] {0x300, 0x36F},
            new int[] {0x370, 0x52F},
            new int[] {0x590, 0x6FF},
            new int[] {0x900, 0xDFF},
            new int[] {0x1B00, 0x1BFF},
            new int[] {0x1E00, 0x206F},
            new int[] {0x20D0, 0x214F},
            new int[] {0x3000, 0x30FF},
            new int[] {0x4E00, 0x4FFF},
            new int[] {0xAC00, 0xACFF},
            new int[] {0xD7B0, 0xD7FF},
            new int[] {0xE000, 0xE00F},
            new int[] {0xF900, 0xFFFF},
            new int[] {0x10400, 0x104FF},
            new int[] {0x11080, 0x111FF},
            new int[] {0x1D100, 0x1D1FF},
            new int[] {0x1E900, 0x1E95F},
            new int[] {0x1F300, 0x1FAFF},
            new int[] {0x20000, 0x2000F},
            new int[] {0x2F800, 0x2FA1F},
            new int[] {0, Character.MAX_CODE_POINT});
    /** What kept combining characters, canonical ordering and special casing need. */
    private static final String RARE =
            "\u302E\u302F\u1B44\uD834\uDD65\uD834\uDD6E\uD834\uDD5E\u0334\u0345\u034F\u0130\u1E9E"
                    + "\u212A\u212B\u037E\u1FEF\u2000\u0344\u0958\u0F73\u0FB9\u200D\uFE0F\uFEFF\uFFFD\u03A3\u00DF";

    private final Random random;

    RandomUnicode(long seed) {
        random = new Random(seed);
    }

    String next() {
        StringBuilder text = new StringBuilder();
        int[] kind = KINDS.get(random.nextInt(KINDS.size()));
        int length = random.nextInt(40);
        for (int i = 0; i < length; i++) {
            switch (random.nextInt(12)) {
                case 0 -> kind = KINDS.get(random.nextInt(KINDS.size()));
                case 1 -> text.append(' ');
                case 2 ->
                    text.appendCodePoint(RARE.codePointAt(RARE.offsetByCodePoints(0, random.nextInt(rareCount()))));
                case 3 -> text.append("the lotion's".substring(random.nextInt(12)));
                default -> text.appendCodePoint(character(kind));
            }
        }
        if (random.nextInt(50) == 0) {
            // Around the longest word that is not unknown.
            text.insert(text.offsetByCodePoints(0, text.codePointCount(0, text.length()) / 2), longWord());
        }
        return text.toString();
    }

    private static int rareCount() {
        return RARE.codePointCount(0, RARE.length());
    }

    private String longWord() {
        String unit = random.nextBoolean() ? "e" : "\uD801\uDC28";
        return unit.repeat(95 + random.nextInt(10));
    }

    private int character(int[] kind) {
        int c = kind[0] + random.nextInt(kind[1] - kind[0] + 1);
        return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? '\u00E9' : c;
    }
}
