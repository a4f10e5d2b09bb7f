package io.github.cloze4j.finetune.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** How BLEU splits a text into words: the tokenizers of sacrebleu with the same names. */
public enum BleuTokenizer {
    /** Punctuation is split off, except dots and commas between digits, as by {@code mteval-v13a.pl} of WMT. */
    V13A("13a") {
        @Override
        String marked(String text) {
            String line = text.replace("<skipped>", "").replace("-\n", "").replace('\n', ' ');
            return western(" "
                    + line.replace("&quot;", "\"")
                            .replace("&amp;", "&")
                            .replace("&lt;", "<")
                            .replace("&gt;", ">")
                    + " ");
        }
    },
    /** Each Chinese character is a word, and the rest is split like {@link #V13A}. */
    ZH("zh") {
        @Override
        String marked(String text) {
            StringBuilder line = new StringBuilder();
            Blanks.strip(text).codePoints().forEach(character -> {
                if (isChinese(character)) {
                    line.append(' ').appendCodePoint(character).append(' ');
                } else {
                    line.appendCodePoint(character);
                }
            });
            return western(line.toString());
        }
    },
    /** Punctuation and symbols of all languages are split off, except punctuation between digits, as by {@code mteval-v14.pl}. */
    INTL("intl") {
        @Override
        String marked(String text) {
            String line = AFTER_NO_NUMBER.matcher(text).replaceAll("$1 $2 ");
            line = BEFORE_NO_NUMBER.matcher(line).replaceAll(" $1 $2");
            return SYMBOL.matcher(line).replaceAll(" $1 ");
        }
    },
    /** Each character is a word. */
    CHAR("char") {
        @Override
        String marked(String text) {
            StringBuilder line = new StringBuilder();
            text.codePoints()
                    .forEach(character -> line.appendCodePoint(character).append(' '));
            return line.toString();
        }
    },
    /** Words are what blanks separate. */
    NONE("none") {
        @Override
        String marked(String text) {
            return text;
        }
    };

    private static final Pattern MARKS = Pattern.compile("([{-~\\[-` -&(-+:-@/])");
    private static final Pattern AFTER_NO_DIGIT = Pattern.compile("([^0-9])([.,])");
    private static final Pattern BEFORE_NO_DIGIT = Pattern.compile("([.,])([^0-9])");
    private static final Pattern DASH_AFTER_DIGIT = Pattern.compile("([0-9])(-)");
    private static final Pattern AFTER_NO_NUMBER = Pattern.compile("(\\P{N})(\\p{P})");
    private static final Pattern BEFORE_NO_NUMBER = Pattern.compile("(\\p{P})(\\P{N})");
    private static final Pattern SYMBOL = Pattern.compile("(\\p{S})");

    /**
     * First and last characters of sacrebleu's ranges. It means its range from 2001 to 2a6d for the rare characters from 20000 to 2a6d6,
     * but writes them with four digits; its numbers depend on that.
     */
    private static final int[][] CHINESE = {
        {0x2001, 0x2a6d}, {0x2e80, 0x2fdf}, {0x2ff0, 0x303f}, {0x3100, 0x312f}, {0x31c0, 0x31ef}, {0x3200, 0x33ff},
        {0x3400, 0x4db5}, {0x4e00, 0x9fbb}, {0xf900, 0xfa2d}, {0xfa30, 0xfa6a}, {0xfa70, 0xfad9}, {0xfe10, 0xfe1f},
        {0xfe30, 0xfe4f}, {0xff00, 0xffef}
    };

    private final String text;

    BleuTokenizer(String text) {
        this.text = text;
    }

    /** The name that sacrebleu has for the tokenizer, such as {@code 13a}. */
    public String text() {
        return text;
    }

    /** The tokenizer with a name of sacrebleu's; {@link IllegalArgumentException} if there is none here. */
    public static BleuTokenizer of(String name) {
        List<String> names = new ArrayList<>();
        for (BleuTokenizer tokenizer : values()) {
            if (tokenizer.text.equals(name)) {
                return tokenizer;
            }
            names.add(tokenizer.text);
        }
        throw new IllegalArgumentException(String.format(
                Locale.ROOT,
                "Expected a tokenizer of BLEU: %s. Received: %s. Name one of them",
                String.join(", ", names),
                name));
    }

    /** The words of a text. */
    List<String> words(String line) {
        return Blanks.split(marked(Blanks.stripEnd(line)));
    }

    /** The text with blanks between its words. */
    abstract String marked(String line);

    private static String western(String text) {
        String line = MARKS.matcher(text).replaceAll(" $1 ");
        line = AFTER_NO_DIGIT.matcher(line).replaceAll("$1 $2 ");
        line = BEFORE_NO_DIGIT.matcher(line).replaceAll(" $1 $2");
        return DASH_AFTER_DIGIT.matcher(line).replaceAll("$1 $2 ");
    }

    private static boolean isChinese(int character) {
        for (int[] range : CHINESE) {
            if (character >= range[0] && character <= range[1]) {
                return true;
            }
        }
        return false;
    }
}
