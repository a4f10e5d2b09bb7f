package io.github.cloze4j.tokenizer;

import java.util.Arrays;

/**
 * A text that stages change while each character remembers where it came from: the normalizer of encodings with offsets.
 * One stage after the other, as Hugging Face's {@code BertNormalizer} runs them on a {@code NormalizedString}; {@link
 * BasicTokenizer} is the fast way to the same words. Not thread-safe.
 *
 * <p>A stage hands on characters, each with how it came to be: it takes the place of the next character of the text, or it
 * is inserted behind that and has the source of the character before. Canonical ordering moves these marks with their
 * characters, so where it swaps a replaced and an inserted character they swap sources too; that is the reference's way.
 */
final class AlignedText {
    private final CharacterTable characters = CharacterTable.instance();
    private int[] codePoints;
    /** Where in the source a character begins and ends, in UTF-16 units. */
    private int[] starts;

    private int[] ends;
    private int length;

    /** The source, unchanged. */
    AlignedText(String source) {
        length = source.codePointCount(0, source.length());
        codePoints = new int[length];
        starts = new int[length];
        ends = new int[length];
        int at = 0;
        for (int i = 0; i < length; i++) {
            codePoints[i] = source.codePointAt(at);
            starts[i] = at;
            at += Character.charCount(codePoints[i]);
            ends[i] = at;
        }
    }

    int length() {
        return length;
    }

    int codePoint(int index) {
        return codePoints[index];
    }

    int start(int index) {
        return starts[index];
    }

    int end(int index) {
        return ends[index];
    }

    /** The characters {@code [from, to)}, with the places that they have in the whole source. */
    AlignedText slice(int from, int to) {
        AlignedText slice = new AlignedText("");
        slice.codePoints = Arrays.copyOfRange(codePoints, from, to);
        slice.starts = Arrays.copyOfRange(starts, from, to);
        slice.ends = Arrays.copyOfRange(ends, from, to);
        slice.length = to - from;
        return slice;
    }

    /** The characters as a string. */
    String text() {
        return new String(codePoints, 0, length);
    }

    void normalize(TextPipeline pipeline) {
        for (TextPipeline.Stage stage : pipeline.stages()) {
            switch (stage) {
                case CLEAN -> {
                    remove(CharacterTable.REMOVED);
                    unifyWhiteSpace();
                }
                case IDEOGRAPHS_APART -> setIdeographsApart();
                case DECOMPOSE -> decompose();
                case DROP_NONSPACING -> remove(CharacterTable.NONSPACING);
                case DROP_MARKS -> remove(CharacterTable.MARK);
                case LOWER_CASE -> lowerCase();
            }
        }
    }

    private void remove(int property) {
        int kept = 0;
        for (int i = 0; i < length; i++) {
            if (!characters.has(codePoints[i], property)) {
                codePoints[kept] = codePoints[i];
                starts[kept] = starts[i];
                ends[kept++] = ends[i];
            }
        }
        length = kept;
    }

    private void unifyWhiteSpace() {
        for (int i = 0; i < length; i++) {
            if (characters.has(codePoints[i], CharacterTable.WHITESPACE)) {
                codePoints[i] = ' ';
            }
        }
    }

    private void setIdeographsApart() {
        Change change = new Change(length);
        for (int i = 0; i < length; i++) {
            if (characters.has(codePoints[i], CharacterTable.IDEOGRAPH)) {
                change.replace(' ');
                change.insert(codePoints[i]);
                change.insert(' ');
            } else {
                change.replace(codePoints[i]);
            }
        }
        apply(change);
    }

    private void decompose() {
        Change change = new Change(length);
        for (int i = 0; i < length; i++) {
            if (characters.has(codePoints[i], CharacterTable.DECOMPOSES)) {
                change.replace(characters.decomposed(codePoints[i]));
            } else {
                change.replace(codePoints[i]);
            }
        }
        change.orderCanonically(characters);
        apply(change);
    }

    private void lowerCase() {
        Change change = new Change(length);
        for (int i = 0; i < length; i++) {
            if (characters.has(codePoints[i], CharacterTable.HAS_LOWER)) {
                change.replace(characters.lower(codePoints[i]));
            } else {
                change.replace(codePoints[i]);
            }
        }
        apply(change);
    }

    private void apply(Change change) {
        int[] newStarts = new int[change.length];
        int[] newEnds = new int[change.length];
        int replaced = 0;
        for (int i = 0; i < change.length; i++) {
            int source = change.inserted[i] ? replaced - 1 : replaced++;
            newStarts[i] = starts[source];
            newEnds[i] = ends[source];
        }
        codePoints = change.codePoints;
        starts = newStarts;
        ends = newEnds;
        length = change.length;
    }

    /** What a stage hands on. */
    private static final class Change {
        private int[] codePoints;
        private boolean[] inserted;
        private int length;

        Change(int expected) {
            codePoints = new int[expected];
            inserted = new boolean[expected];
        }

        void replace(int codePoint) {
            add(codePoint, false);
        }

        void insert(int codePoint) {
            add(codePoint, true);
        }

        void replace(int[] sequence) {
            replace(sequence[0]);
            for (int i = 1; i < sequence.length; i++) {
                insert(sequence[i]);
            }
        }

        private void add(int codePoint, boolean isInserted) {
            if (length == codePoints.length) {
                codePoints = Arrays.copyOf(codePoints, 2 * length + 1);
                inserted = Arrays.copyOf(inserted, 2 * length + 1);
            }
            codePoints[length] = codePoint;
            inserted[length++] = isInserted;
        }

        /** Between starters, by combining class; equal classes keep their order. */
        void orderCanonically(CharacterTable characters) {
            for (int i = 1; i < length; i++) {
                int codePoint = codePoints[i];
                boolean isInserted = inserted[i];
                int combiningClass = characters.combiningClass(codePoint);
                int at = i;
                while (combiningClass > 0 && at > 0 && characters.combiningClass(codePoints[at - 1]) > combiningClass) {
                    codePoints[at] = codePoints[at - 1];
                    inserted[at] = inserted[at - 1];
                    at--;
                }
                codePoints[at] = codePoint;
                inserted[at] = isInserted;
            }
        }
    }
}
