package io.github.cloze4j.tokenizer;

import java.util.List;

/** Tokens to text, as Hugging Face's decoder {@code WordPiece} with {@code cleanup}. */
final class WordPieceDecoder {
    /** What the clean-up replaces, in this order, token by token: pattern and replacement. */
    private static final List<List<String>> CLEANUP = List.of(
            List.of(" .", "."),
            List.of(" ?", "?"),
            List.of(" !", "!"),
            List.of(" ,", ","),
            List.of(" ' ", "'"),
            List.of(" n't", "n't"),
            List.of(" 'm", "'m"),
            List.of(" do not", " don't"),
            List.of(" 's", "'s"),
            List.of(" 've", "'ve"),
            List.of(" 're", "'re"));

    private WordPieceDecoder() {}

    static String decode(List<String> tokens) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < tokens.size(); i++) {
            text.append(cleaned(i == 0 ? tokens.get(i) : joined(tokens.get(i))));
        }
        return text.toString();
    }

    private static String joined(String token) {
        return token.startsWith(Vocabulary.CONTINUATION_PREFIX)
                ? token.substring(Vocabulary.CONTINUATION_PREFIX.length())
                : " " + token;
    }

    private static String cleaned(String token) {
        String cleaned = token;
        for (List<String> replacement : CLEANUP) {
            cleaned = cleaned.replace(replacement.get(0), replacement.get(1));
        }
        return cleaned;
    }
}
