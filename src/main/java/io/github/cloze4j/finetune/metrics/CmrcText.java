package io.github.cloze4j.finetune.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Chinese answers as the official script of CMRC 2018 compares them (Cui et al., 2019): in lower case, each Chinese character a segment,
 * and other text in words. The script takes the words from NLTK. Here a word ends at blanks and at ASCII punctuation, which is a segment
 * of its own, except at a dot or a comma between two digits.
 */
final class CmrcText {
    /** The script's list. Its entry of two dots {@code ……} never equals a single character, so that dots stay. */
    private static final String PUNCTUATION = "-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』";

    private CmrcText() {}

    /** The answer in lower case, without blanks at the ends and without the script's punctuation. */
    static String withoutPunctuation(String answer) {
        StringBuilder kept = new StringBuilder();
        lowerCase(answer)
                .codePoints()
                .filter(codePoint -> !isPunctuation(codePoint))
                .forEach(kept::appendCodePoint);
        return kept.toString();
    }

    /** The segments of the answer without the script's punctuation. */
    static List<String> segments(String answer) {
        int[] characters = withoutPunctuation(answer).codePoints().toArray();
        List<String> segments = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < characters.length; i++) {
            int character = characters[i];
            boolean alone = isChinese(character) || (isMark(character) && !isInsideNumber(characters, i));
            if (!alone && !Blanks.isBlank(character)) {
                word.appendCodePoint(character);
                continue;
            }
            if (word.length() > 0) {
                segments.add(word.toString());
                word.setLength(0);
            }
            if (alone) {
                segments.add(Character.toString(character));
            }
        }
        if (word.length() > 0) {
            segments.add(word.toString());
        }
        return segments;
    }

    /** Length of the longest run of segments that both lists have. */
    static int longestCommonRun(List<String> a, List<String> b) {
        int longest = 0;
        int[] before = new int[b.size() + 1];
        for (String segment : a) {
            int[] runs = new int[b.size() + 1];
            for (int i = 0; i < b.size(); i++) {
                runs[i + 1] = segment.equals(b.get(i)) ? before[i] + 1 : 0;
                longest = Math.max(longest, runs[i + 1]);
            }
            before = runs;
        }
        return longest;
    }

    private static String lowerCase(String answer) {
        return Blanks.strip(answer.toLowerCase(Locale.ROOT));
    }

    private static boolean isPunctuation(int codePoint) {
        return PUNCTUATION.indexOf(codePoint) >= 0;
    }

    /** The script's range, which leaves out rare characters. */
    private static boolean isChinese(int codePoint) {
        return codePoint >= 0x4e00 && codePoint <= 0x9fa5;
    }

    private static boolean isMark(int codePoint) {
        return codePoint > ' ' && codePoint < 0x7f && !Character.isLetterOrDigit(codePoint);
    }

    private static boolean isInsideNumber(int[] characters, int i) {
        boolean separator = characters[i] == '.' || characters[i] == ',';
        return separator
                && i > 0
                && i + 1 < characters.length
                && Character.isDigit(characters[i - 1])
                && Character.isDigit(characters[i + 1]);
    }
}
