package io.github.cloze4j.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a {@code tokenizer.json} whose pipeline is BERT's, and refuses any other. */
final class TokenizerJsonReader {
    private final SettingsFile file;
    private final SpecialTokenNames names;

    TokenizerJsonReader(SettingsFile file, SpecialTokenNames names) {
        this.file = file;
        this.names = names;
        expect("/pre_tokenizer/type", "BertPreTokenizer");
        expect("/normalizer/type", "BertNormalizer");
        expect("/normalizer/clean_text", "true");
        expect("/model/type", "WordPiece");
        expect("/model/continuing_subword_prefix", PieceTrie.CONTINUATION_PREFIX);
        expect("/model/max_input_chars_per_word", Integer.toString(WordPieceTokenizer.MAX_WORD_LENGTH));
        expect("/model/unk_token", names.unk());
        expectPostProcessor();
    }

    private void expect(String pointer, String value) {
        JsonNode received = file.fields().at(pointer);
        if (!received.asText().equals(value)) {
            throw file.damaged(pointer + " " + value, received.isMissingNode() ? "none" : received.toString(), null);
        }
    }

    private void expectPostProcessor() {
        if (file.fields().at("/post_processor/type").asText().equals("BertProcessing")) {
            expect("/post_processor/cls/0", names.cls());
            expect("/post_processor/sep/0", names.sep());
        } else {
            expect("/post_processor/type", "TemplateProcessing");
            expect("/post_processor/single/0/SpecialToken/id", names.cls());
            expect("/post_processor/single/1/Sequence/id", "A");
            expect("/post_processor/single/2/SpecialToken/id", names.sep());
        }
    }

    /** The settings of its normalizer. */
    TokenizerConfig config() {
        SettingsFile normalizer = new SettingsFile(file.path(), file.fields().path("normalizer"));
        return new TokenizerConfig(
                normalizer.flag("lowercase", true),
                normalizer.flag("strip_accents"),
                normalizer.flag("handle_chinese_chars", true));
    }

    /** Its vocabulary, and that no token was added beyond it. */
    Vocabulary vocabulary() {
        JsonNode ids = file.fields().at("/model/vocab");
        if (!ids.isObject()) {
            throw file.damaged("an object /model/vocab", ids.getNodeType().toString(), null);
        }
        @Nullable String[] tokens = new String[ids.size()];
        ids.properties().forEach(entry -> {
            JsonNode id = entry.getValue();
            boolean valid = id.isIntegralNumber() && id.canConvertToInt() && id.intValue() >= 0;
            if (!valid || id.intValue() >= tokens.length || tokens[id.intValue()] != null) {
                throw file.damaged(
                        "ids from 0 to " + (tokens.length - 1) + ", each once", entry.getKey() + " = " + id, null);
            }
            tokens[id.intValue()] = entry.getKey();
        });
        try {
            // Every place is taken: as many different ids as places.
            Vocabulary vocabulary =
                    Vocabulary.of(Arrays.stream(tokens).map(String::valueOf).toList(), names);
            file.fields().path("added_tokens").forEach(added -> expectKnown(added, vocabulary));
            return vocabulary;
        } catch (IllegalArgumentException refused) {
            throw file.damaged("a vocabulary", String.valueOf(refused.getMessage()), refused);
        }
    }

    private void expectKnown(JsonNode added, Vocabulary vocabulary) {
        String token = added.path("content").asText();
        List<String> known = names.all();
        if (!known.contains(token) || added.path("id").asInt(-1) != vocabulary.id(token)) {
            throw file.damaged("no added tokens but " + String.join(" ", known), added.toString(), null);
        }
    }
}
