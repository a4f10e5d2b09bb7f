package io.github.cloze4j.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Tokens that settings name beside the vocabulary. {@code transformers} finds them in any text before it splits words, and
 * gives them ids behind the vocabulary's where that lacks them.
 */
final class AddedTokens {
    /** Ends the names of fields such as {@code bos_token}; {@code add_bos_token} is a flag. */
    private static final String ROLE = "_token";

    /** Fields whose tokens {@link SpecialTokenNames} has. */
    private static final Set<String> OWN_ROLES =
            Set.of("pad_token", "unk_token", "cls_token", "sep_token", "mask_token");

    private static final List<String> FURTHER = List.of("additional_special_tokens", "extra_special_tokens");

    private AddedTokens() {}

    /** All that a file names but for BERT's own roles; among them may be tokens that have such a role too. */
    static List<String> of(SettingsFile file) {
        List<String> tokens = new ArrayList<>();
        file.fields().properties().forEach(entry -> {
            if (entry.getKey().endsWith(ROLE) && !OWN_ROLES.contains(entry.getKey())) {
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
