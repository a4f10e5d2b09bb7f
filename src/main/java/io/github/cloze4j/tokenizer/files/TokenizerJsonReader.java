package io.github.cloze4j.tokenizer.files;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.files.JsonFile;
import io.github.cloze4j.tokenizer.AddedToken;
import io.github.cloze4j.tokenizer.SpecialTokenNames;
import io.github.cloze4j.tokenizer.TextPipeline;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a {@code tokenizer.json} whose model is WordPiece and whose other components are BERT's or parts of BERT's, alone or
 * in a {@code Sequence}; refuses any other, naming the field.
 */
final class TokenizerJsonReader {
    /** More tokens than a tree of pieces has places for; an id must not decide how much memory is taken. */
    private static final int MAXIMUM_IDS = 1 << 24;

    private static final String SEQUENCE = "Sequence";

    private final JsonFile file;
    private final SpecialTokenNames names;

    TokenizerJsonReader(JsonFile file, SpecialTokenNames names) {
        this.file = file;
        this.names = names;
    }

    /** How the file says that text becomes words. */
    TextPipeline pipeline() {
        // Files of 2020 do not name the model; those of other models have no such prefix, or merges.
        if (!at("/model/type").isMissingNode() || at("/model").has("merges")) {
            expect("/model/type", "WordPiece");
        }
        expect("/model/continuing_subword_prefix", Vocabulary.CONTINUATION_PREFIX);
        expect("/model/unk_token", names.unk());
        List<TextPipeline.Stage> stages = new ArrayList<>();
        addStages("/normalizer", stages);
        return new TextPipeline(stages, cuts("/pre_tokenizer"), maxWordLength());
    }

    private void addStages(String pointer, List<TextPipeline.Stage> stages) {
        JsonNode normalizer = at(pointer);
        if (normalizer.isNull() || normalizer.isMissingNode()) {
            return;
        }
        switch (normalizer.path("type").asText()) {
            case SEQUENCE -> {
                for (int i = 0; i < normalizer.path("normalizers").size(); i++) {
                    addStages(pointer + "/normalizers/" + i, stages);
                }
            }
            case "BertNormalizer" -> stages.addAll(bertStages(normalizer));
            case "NFD" -> stages.add(TextPipeline.Stage.DECOMPOSE);
            case "StripAccents" -> stages.add(TextPipeline.Stage.DROP_MARKS);
            case "Lowercase" -> stages.add(TextPipeline.Stage.LOWER_CASE);
            default ->
                throw refused(pointer + "/type BertNormalizer, NFD, StripAccents, Lowercase or Sequence", pointer);
        }
    }

    private List<TextPipeline.Stage> bertStages(JsonNode normalizer) {
        JsonFile flags = file.inside(normalizer);
        return TextPipeline.stages(
                flags.flag("clean_text", true),
                new TokenizerConfig(
                        flags.flag("lowercase", true),
                        flags.flag("strip_accents"),
                        flags.flag("handle_chinese_chars", true)));
    }

    private TextPipeline.Cuts cuts(String pointer) {
        boolean[] found = new boolean[3];
        findCuts(pointer, found);
        boolean space = found[0];
        boolean punctuation = found[1];
        boolean words = found[2];
        if (!space) {
            throw refused(
                    pointer + " BertPreTokenizer, Whitespace or WhitespaceSplit, which end words at white space",
                    pointer);
        }
        if (words) {
            return punctuation ? TextPipeline.Cuts.WORDS_AND_PUNCTUATION : TextPipeline.Cuts.WORDS;
        }
        return punctuation ? TextPipeline.Cuts.PUNCTUATION : TextPipeline.Cuts.NONE;
    }

    /** Marks what the pre-tokenizer cuts at: white space, punctuation, ends of words. */
    private void findCuts(String pointer, boolean[] found) {
        JsonNode splitter = at(pointer);
        switch (splitter.path("type").asText()) {
            case SEQUENCE -> {
                for (int i = 0; i < splitter.path("pretokenizers").size(); i++) {
                    findCuts(pointer + "/pretokenizers/" + i, found);
                }
            }
            case "BertPreTokenizer" -> {
                found[0] = true;
                found[1] = true;
            }
            case "WhitespaceSplit" -> found[0] = true;
            case "Whitespace" -> {
                found[0] = true;
                found[2] = true;
            }
            case "Punctuation" -> {
                if (!splitter.path("behavior").asText("Isolated").equals("Isolated")) {
                    throw refused(pointer + "/behavior Isolated", pointer + "/behavior");
                }
                found[1] = true;
            }
            default ->
                throw refused(
                        pointer + "/type BertPreTokenizer, Whitespace, WhitespaceSplit, Punctuation or Sequence",
                        pointer);
        }
    }

    private int maxWordLength() {
        JsonNode length = at("/model/max_input_chars_per_word");
        if (length.isMissingNode()) {
            return TextPipeline.MAX_WORD_LENGTH;
        }
        if (!length.canConvertToInt() || !length.isIntegralNumber() || length.intValue() < 0) {
            throw refused(
                    "a number of characters as /model/max_input_chars_per_word", "/model/max_input_chars_per_word");
        }
        return length.intValue();
    }

    /** Checks that the file adds special tokens as BERT does: {@code [CLS] A [SEP]} and {@code [CLS] A [SEP] B [SEP]}. */
    void expectPostProcessor(Vocabulary vocabulary) {
        if (at("/post_processor/type").asText().equals("BertProcessing")) {
            expect("/post_processor/cls/0", names.cls());
            expect("/post_processor/cls/1", Integer.toString(vocabulary.clsId()));
            expect("/post_processor/sep/0", names.sep());
            expect("/post_processor/sep/1", Integer.toString(vocabulary.sepId()));
            return;
        }
        expect("/post_processor/type", "TemplateProcessing");
        expectTemplate("/post_processor/single", 3);
        expectTemplate("/post_processor/pair", 5);
        expectId(names.cls(), vocabulary.clsId());
        expectId(names.sep(), vocabulary.sepId());
    }

    private void expectTemplate(String pointer, int parts) {
        if (at(pointer).size() != parts) {
            throw refused(pointer + " of " + parts + " parts", pointer);
        }
        for (int i = 0; i < parts; i++) {
            String kind = i % 2 == 1 ? "/Sequence" : "/SpecialToken";
            String content = i == 0 ? names.cls() : i % 2 == 0 ? names.sep() : i == 1 ? "A" : "B";
            expect(pointer + "/" + i + kind + "/id", content);
            expect(pointer + "/" + i + kind + "/type_id", i < 3 ? "0" : "1");
        }
    }

    private void expectId(String token, int id) {
        // A name may hold the slashes that a pointer gives a meaning.
        JsonNode received = at("/post_processor/special_tokens").path(token).path("ids");
        if (received.size() != 1 || received.path(0).asInt(-1) != id) {
            throw file.refused(
                    "the id " + id + " for " + token + " in /post_processor/special_tokens", received.toString());
        }
    }

    private JsonNode at(String pointer) {
        return file.fields().at(pointer);
    }

    private void expect(String pointer, String value) {
        if (!at(pointer).asText().equals(value)) {
            throw refused(pointer + " " + value, pointer);
        }
    }

    private RuntimeException refused(String expected, String pointer) {
        JsonNode received = at(pointer);
        return file.refused(expected, received.isMissingNode() ? "none" : received.toString());
    }

    /** The ids of the model's vocabulary. */
    Map<String, Integer> pieces() {
        JsonNode ids = at("/model/vocab");
        if (!ids.isObject() || ids.isEmpty()) {
            throw file.refused(
                    "an object with tokens /model/vocab", ids.getNodeType().toString());
        }
        Map<String, Integer> pieces = new LinkedHashMap<>(2 * ids.size());
        ids.properties().forEach(entry -> {
            JsonNode id = entry.getValue();
            if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= MAXIMUM_IDS) {
                throw file.refused("ids from 0 to " + (MAXIMUM_IDS - 1), entry.getKey() + " = " + id);
            }
            pieces.put(entry.getKey(), id.intValue());
        });
        return pieces;
    }

    /** The added tokens by the ids that the file gives them, in the order of the file. */
    Map<Integer, AddedToken> addedTokens() {
        Map<Integer, AddedToken> added = new LinkedHashMap<>();
        for (JsonNode token : file.fields().path("added_tokens")) {
            JsonNode id = token.path("id");
            if (!id.isIntegralNumber() || !id.canConvertToInt()) {
                throw file.refused("an id of each of /added_tokens", token.toString());
            }
            added.put(id.intValue(), AddedTokensReader.token(file, token));
        }
        return added;
    }
}
