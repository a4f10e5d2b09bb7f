package io.github.cloze4j.inference.generation;

import java.util.Locale;
import java.util.Set;

/**
 * Where a text of words and single marks has blanks: BERT's tokenizer cuts every mark and every ideograph off, and does not tell
 * whether there was a blank. The rules are those of English and Chinese typography; transformers only removes blanks before
 * {@code . ? ! ,} and leaves {@code the dog ' s well - known " tail " ( 3 . 14 )} as it is.
 *
 * <p>One object goes over one text, word by word.
 */
final class Spacing {
    /** What comes after an apostrophe inside a word: {@code dog's}, {@code don't}. */
    private static final Set<String> SUFFIXES = Set.of("s", "t", "re", "ve", "ll", "d", "m", "st");

    /** What comes before an apostrophe inside a word: {@code o'clock}, {@code ne'er}, {@code l'amour}. */
    private static final Set<String> PARTICLES = Set.of("o", "d", "l", "y", "e", "ne", "th");

    /** What comes after an apostrophe that stands for left out letters: {@code 'tis}. */
    private static final Set<String> ELISIONS = Set.of("tis", "twas", "twere", "twill", "twould", "em", "til", "cause");

    /** Letters that are words: no abbreviation goes on with them. */
    private static final Set<String> LETTER_WORDS = Set.of("a", "i", "o");

    /** Marks after which a hyphen is a sign of a number: {@code 3, -5}. */
    private static final Set<String> PAUSES = Set.of(",", ";", ":");

    private static final Set<Character.UnicodeBlock> WIDE_BLOCKS = Set.of(
            Character.UnicodeBlock.CJK_SYMBOLS_AND_PUNCTUATION, Character.UnicodeBlock.HALFWIDTH_AND_FULLWIDTH_FORMS);

    private enum Role {
        /** Has blanks on both sides. */
        WORD,
        /** Has a blank before it only. */
        OPENING,
        /** Has a blank after it only. */
        CLOSING,
        /** Has no blanks. */
        LINK
    }

    private String last = "";
    private String beforeLast = "";
    private Role lastRole = Role.OPENING;
    /** Whether the last letter is of a script without blanks: the marks after it have none either. */
    private boolean wide;

    private boolean quoted;
    private boolean singleQuoted;

    /**
     * Whether the next word of the text has a blank before it. The first has none.
     *
     * @param word a word or a mark
     * @param next the word after it, empty if none is known
     */
    boolean blankBefore(String word, String next) {
        Role role = role(word, next);
        boolean blank = blank(word, role);
        int first = word.codePointAt(0);
        if (Character.isLetter(first)) {
            wide = isWide(first);
        }
        beforeLast = last;
        last = word;
        lastRole = role;
        return blank;
    }

    private boolean blank(String word, Role role) {
        if (last.isEmpty()) {
            return false;
        }
        int left = last.codePointBefore(last.length());
        int right = word.codePointAt(0);
        if (isWide(left) || isWide(right)) {
            return (isWideLetter(left) && isNarrowLetter(right)) || (isNarrowLetter(left) && isWideLetter(right));
        }
        if (wide && !Character.isLetterOrDigit(right)) {
            return false;
        }
        return (role == Role.WORD || role == Role.OPENING)
                && (lastRole == Role.WORD || lastRole == Role.CLOSING)
                && !goesOnWithNumber(word)
                && !goesOnWithAbbreviation(word);
    }

    private Role role(String word, String next) {
        int mark = word.codePointAt(0);
        if (word.length() > Character.charCount(mark)) {
            return Role.WORD;
        }
        return switch (mark) {
            case '"' -> doubleQuote();
            case '\'' -> apostrophe(next, true);
            case '’' -> apostrophe(next, false);
            case '‘', '`' -> openSingleQuote();
            case '-' -> lastRole == Role.OPENING || PAUSES.contains(last) ? Role.OPENING : Role.LINK;
            case '–' -> isNumber(last) ? Role.LINK : Role.WORD;
            case '/', '_', '—', '―', '─', '·' -> Role.LINK;
            case '#', '@' -> Role.OPENING;
            case '.', ',', '!', '?', ';', ':', '%', '…', '°' -> Role.CLOSING;
            default -> roleOfType(Character.getType(mark));
        };
    }

    private static Role roleOfType(int type) {
        return switch (type) {
            case Character.START_PUNCTUATION, Character.INITIAL_QUOTE_PUNCTUATION, Character.CURRENCY_SYMBOL ->
                Role.OPENING;
            case Character.END_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION -> Role.CLOSING;
            default -> Role.WORD;
        };
    }

    private Role doubleQuote() {
        quoted = !quoted;
        return quoted ? Role.OPENING : Role.CLOSING;
    }

    private Role openSingleQuote() {
        singleQuoted = true;
        return Role.OPENING;
    }

    /** @param opens whether such a mark may open a quotation */
    private Role apostrophe(String next, boolean opens) {
        String right = next.toLowerCase(Locale.ROOT);
        if (lastRole == Role.WORD && isInsideWord(last.toLowerCase(Locale.ROOT), right)) {
            return Role.LINK;
        }
        if (singleQuoted) {
            singleQuoted = false;
            return Role.CLOSING;
        }
        if (ELISIONS.contains(right)) {
            return Role.OPENING;
        }
        boolean possessive = lastRole == Role.WORD && (last.endsWith("s") || last.endsWith("S"));
        return possessive || next.isEmpty() || !opens ? Role.CLOSING : openSingleQuote();
    }

    private static boolean isInsideWord(String left, String right) {
        if (right.isEmpty() || !isNarrowLetter(right.codePointAt(0))) {
            return false;
        }
        int before = left.codePointBefore(left.length());
        boolean afterLetter = isNarrowLetter(before) || Character.isDigit(before);
        return (afterLetter && SUFFIXES.contains(right)) || PARTICLES.contains(left);
    }

    /** {@code 3.14}, {@code 1,000}, {@code 12:30}; but {@code in 1914, 3 men} and {@code in 2008. 12 men}. */
    private boolean goesOnWithNumber(String word) {
        if (!isNumber(word) || !isNumber(beforeLast)) {
            return false;
        }
        boolean isShort = beforeLast.length() <= 3;
        return switch (last) {
            case "." -> isShort;
            case "," -> isShort && word.length() == 3;
            case ":" -> true;
            default -> false;
        };
    }

    /** {@code u.s.}, {@code e.g.}, {@code 10 p.m.} */
    private boolean goesOnWithAbbreviation(String word) {
        return ".".equals(last) && isLetter(beforeLast) && isLetter(word) && !LETTER_WORDS.contains(word);
    }

    private static boolean isLetter(String word) {
        return word.length() == 1 && isNarrowLetter(word.charAt(0));
    }

    private static boolean isNumber(String word) {
        return !word.isEmpty() && word.chars().allMatch(unit -> unit >= '0' && unit <= '9');
    }

    private static boolean isNarrowLetter(int codePoint) {
        return Character.isLetter(codePoint) && !isWide(codePoint);
    }

    private static boolean isWideLetter(int codePoint) {
        return Character.isLetter(codePoint) && isWide(codePoint);
    }

    /** Scripts that are written without blanks between words, and their marks. */
    private static boolean isWide(int codePoint) {
        return switch (Character.UnicodeScript.of(codePoint)) {
            case HAN, HIRAGANA, KATAKANA, BOPOMOFO -> true;
            default -> WIDE_BLOCKS.contains(Character.UnicodeBlock.of(codePoint));
        };
    }
}
