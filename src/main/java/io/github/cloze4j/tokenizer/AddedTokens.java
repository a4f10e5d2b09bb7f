package io.github.cloze4j.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Tokens that settings name beside the vocabulary. {@code transformers} finds them in any text before it splits words, and
 * gives them ids behind the vocabulary's where that lacks them.
 */
final class AddedTokens {
    /** Names of a field of its own, such as {@code bos_token}; not {@code add_bos_token}, which is a flag. */
    private static final String ROLE = "_token";

    private static final List<String> FURTHER = List.of("additional_special_tokens", "extra_special_tokens");

    private AddedTokens() {}

    /** All that a file names, those of BERT's own roles included. */
    static List<String> of(SettingsFile file) {
        List<String> tokens = new ArrayList<>();
        file.fields().properties().forEach(entry -> {
            if (entry.getKey().endsWith(ROLE)) {
                add(entry.getValue(), tokens);
            }
        });
        FURTHER.forEach(name -> file.fields().path(name).forEach(token -> add(token, tokens)));
        file.fields().path("added_tokens_decoder").forEach(token -> add(token, tokens));
        return tokens;
    }

    private static void add(JsonNode token, List<String> tokens) {
        JsonNode content = token.isObject() ? token.path("content") : token;
        if (content.isTextual()) {
            tokens.add(content.textValue());
        }
    }
}
