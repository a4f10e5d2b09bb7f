package io.github.cloze4j.finetune.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * English answers as the official SQuAD scripts compare them (Rajpurkar et al., 2016 and 2018): in lower case, without ASCII punctuation,
 * without the articles <i>a</i>, <i>an</i>, <i>the</i>, split at blanks.
 */
final class SquadText {
    private static final String PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    private SquadText() {}

    /** The normalised answer, as its tokens. */
    static List<String> tokens(String answer) {
        String text = answer.toLowerCase(Locale.ROOT);
        List<String> tokens = new ArrayList<>();
        StringBuilder token = new StringBuilder();
        StringBuilder word = new StringBuilder();
        text.codePoints().forEach(codePoint -> {
            if (PUNCTUATION.indexOf(codePoint) >= 0) {
                return;
            }
            if (isWord(codePoint)) {
                word.appendCodePoint(codePoint);
                return;
            }
            endWord(word, token, tokens);
            if (Blanks.isBlank(codePoint)) {
                endToken(token, tokens);
            } else {
                token.appendCodePoint(codePoint);
            }
        });
        endWord(word, token, tokens);
        endToken(token, tokens);
        return tokens;
    }

    /** A word is a part of a token. The reference replaces an article by a blank, which also splits the token around it. */
    private static void endWord(StringBuilder word, StringBuilder token, List<String> tokens) {
        String text = word.toString();
        word.setLength(0);
        if (text.equals("a") || text.equals("an") || text.equals("the")) {
            endToken(token, tokens);
        } else {
            token.append(text);
        }
    }

    private static void endToken(StringBuilder token, List<String> tokens) {
        if (token.length() > 0) {
            tokens.add(token.toString());
            token.setLength(0);
        }
    }

    /** Python's {@code \w}, which decides where the reference sees an article. It has no combining marks, unlike that of Java. */
    private static boolean isWord(int codePoint) {
        int type = Character.getType(codePoint);
        return Character.isLetterOrDigit(codePoint)
                || type == Character.LETTER_NUMBER
                || type == Character.OTHER_NUMBER;
    }

    /** Number of tokens that both lists have, each as often as both have it. */
    static int common(List<String> a, List<String> b) {
        Map<String, Integer> counts = new HashMap<>();
        a.forEach(token -> counts.merge(token, 1, Integer::sum));
        int common = 0;
        for (String token : b) {
            int left = counts.getOrDefault(token, 0);
            if (left > 0) {
                counts.put(token, left - 1);
                common++;
            }
        }
        return common;
    }
}
