package io.github.cloze4j.tokenizer.files;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.files.JsonFile;
import io.github.cloze4j.tokenizer.AddedToken;
import io.github.cloze4j.tokenizer.SpecialTokenNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the special tokens and the tokens added to a vocabulary in a model's settings, by the rules of {@code transformers}
 * 5: {@code added_tokens_decoder} of {@code tokenizer_config.json} tells all; without it, {@code special_tokens_map.json}
 * counts before {@code tokenizer_config.json}, and {@code tokenizer.json} before {@code added_tokens.json}.
 */
final class AddedTokensReader {
    /** In the order in which {@code transformers} adds those that are missing. */
    private static final List<String> ROLES =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");
    /** The end of the names of further roles; {@code add_bos_token} is a flag and no token. */
    private static final String ROLE = "_token";

    private static final String DECODER = "added_tokens_decoder";

    private final JsonFile config;
    private final JsonFile map;
    private final JsonFile added;

    /**
     * @param map {@code special_tokens_map.json}
     * @param added {@code added_tokens.json}
     */
    AddedTokensReader(JsonFile config, JsonFile map, JsonFile added) {
        this.config = config;
        boolean complete = config.fields().has(DECODER);
        this.map = complete ? map.cleared() : map;
        this.added = complete ? added.cleared() : added;
    }

    SpecialTokenNames names() {
        try {
            return new SpecialTokenNames(
                    name("pad_token", SpecialTokenNames.BERT.pad()),
                    name("unk_token", SpecialTokenNames.BERT.unk()),
                    name("cls_token", SpecialTokenNames.BERT.cls()),
                    name("sep_token", SpecialTokenNames.BERT.sep()),
                    name("mask_token", SpecialTokenNames.BERT.mask()));
        } catch (IllegalArgumentException refused) {
            JsonFile file = map.fields().isEmpty() ? config : map;
            throw file.damage()
                    .of(file.path(), "names of special tokens", String.valueOf(refused.getMessage()), refused);
        }
    }

    private String name(String role, String absent) {
        AddedToken token = role(role);
        return token == null ? absent : token.content();
    }

    private @Nullable AddedToken role(String role) {
        for (JsonFile file : List.of(map, config)) {
            JsonNode value = file.fields().path(role);
            if (!value.isMissingNode() && !value.isNull()) {
                return special(file, value, role);
            }
        }
        return null;
    }

    /** A special token, which is written as its text or as an object with its text and flags. */
    private static AddedToken special(JsonFile file, JsonNode value, String field) {
        if (value.isTextual() && !value.textValue().isEmpty()) {
            return AddedToken.special(value.textValue());
        }
        if (!value.isObject()) {
            throw file.refused("a text, or an object with the text content, as " + field, value.toString());
        }
        return token(file, value, true);
    }

    /** An added token that is written as an object. */
    static AddedToken token(JsonFile file, JsonNode value) {
        return token(file, value, file.inside(value).flag("special", false));
    }

    private static AddedToken token(JsonFile file, JsonNode value, boolean special) {
        JsonNode content = value.path("content");
        if (!content.isTextual() || content.textValue().isEmpty()) {
            throw file.refused("an added token with the text content", value.toString());
        }
        JsonFile flags = file.inside(value);
        return new AddedToken(
                content.textValue(),
                special,
                flags.flag("normalized", !special),
                flags.flag("lstrip", false),
                flags.flag("rstrip", false),
                flags.flag("single_word", false));
    }

    /**
     * The added tokens in the order in which they are added.
     *
     * @param ofJson those of {@code tokenizer.json} by their ids; none if there is no such file
     * @param jsonFirst whether the tokenizer is made of {@code tokenizer.json}, so that its tokens are added first
     */
    List<AddedToken> tokens(Map<Integer, AddedToken> ofJson, boolean jsonFirst) {
        List<AddedToken> special = new ArrayList<>();
        roles().forEach(role -> {
            AddedToken token = role(role);
            if (token != null) {
                special.add(token);
            }
        });
        special.addAll(extraSpecialTokens());
        Set<String> contents =
                special.stream().map(AddedToken::content).collect(Collectors.toCollection(LinkedHashSet::new));
        Map<Integer, AddedToken> byId = decoder();
        if (byId.isEmpty() && !config.fields().has(DECODER)) {
            byId = ofAddedTokensJson(contents);
            byId.putAll(ofJson);
        }
        Map<String, AddedToken> tokens = new LinkedHashMap<>();
        if (jsonFirst) {
            ofJson.values().forEach(token -> tokens.put(token.content(), token));
        }
        byId.values().forEach(token -> tokens.put(token.content(), token));
        special.forEach(token -> tokens.putIfAbsent(token.content(), token));
        tokens.replaceAll((content, token) -> contents.contains(content) ? madeSpecial(token) : token);
        return List.copyOf(tokens.values());
    }

    private static AddedToken madeSpecial(AddedToken token) {
        return new AddedToken(
                token.content(), true, token.normalized(), token.lstrip(), token.rstrip(), token.singleWord());
    }

    /** The fields that name one token, those that {@code transformers} knows first. */
    private Set<String> roles() {
        Set<String> roles = new LinkedHashSet<>(ROLES);
        for (JsonFile file : List.of(config, map)) {
            file.fields().properties().forEach(field -> {
                boolean isToken =
                        field.getValue().isTextual() || field.getValue().isObject();
                if (field.getKey().endsWith(ROLE) && isToken) {
                    roles.add(field.getKey());
                }
            });
        }
        return roles;
    }

    private List<AddedToken> extraSpecialTokens() {
        for (JsonFile file : List.of(map, config)) {
            for (String field : List.of("extra_special_tokens", "additional_special_tokens")) {
                JsonNode values = file.fields().path(field);
                if (!values.isEmpty()) {
                    List<AddedToken> tokens = new ArrayList<>();
                    values.forEach(value -> tokens.add(special(file, value, field)));
                    return tokens;
                }
            }
        }
        return List.of();
    }

    private Map<Integer, AddedToken> decoder() {
        Map<Integer, AddedToken> tokens = new TreeMap<>();
        config.fields().path(DECODER).properties().forEach(entry -> {
            if (!entry.getKey().matches("[0-9]{1,9}")) {
                throw config.refused("ids as the keys of " + DECODER, entry.getKey());
            }
            tokens.put(Integer.parseInt(entry.getKey()), token(config, entry.getValue()));
        });
        return tokens;
    }

    private Map<Integer, AddedToken> ofAddedTokensJson(Set<String> special) {
        // Transformers 5 overlooks this field here: its tokens are looked for in the normalized text.
        Set<String> overlooked = map.fields().path("extra_special_tokens").isEmpty()
                ? contents(map.fields().path("additional_special_tokens"))
                : Set.of();
        Map<Integer, AddedToken> tokens = new TreeMap<>();
        added.fields().properties().forEach(entry -> {
            if (!entry.getValue().isIntegralNumber()
                    || !entry.getValue().canConvertToInt()
                    || entry.getKey().isEmpty()) {
                throw added.refused("tokens with their ids", entry.getKey() + " = " + entry.getValue());
            }
            boolean isSpecial = special.contains(entry.getKey()) && !overlooked.contains(entry.getKey());
            tokens.put(
                    entry.getValue().intValue(),
                    new AddedToken(entry.getKey(), isSpecial, !isSpecial, false, false, false));
        });
        return tokens;
    }

    private static Set<String> contents(JsonNode tokens) {
        Set<String> contents = new LinkedHashSet<>();
        tokens.forEach(
                token -> contents.add(token.isObject() ? token.path("content").asText() : token.asText()));
        return contents;
    }
}
