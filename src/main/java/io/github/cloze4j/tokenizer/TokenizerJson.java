package io.github.cloze4j.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** {@code tokenizer.json}: the pipeline of Hugging Face's {@code tokenizers} that does what {@link BertTokenizer} does. */
final class TokenizerJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String TYPE = "type";

    private TokenizerJson() {}

    static ObjectNode of(BertTokenizer tokenizer) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        ObjectNode root = NODES.objectNode();
        root.put("version", "1.0");
        root.putNull("truncation");
        root.putNull("padding");
        root.set("added_tokens", addedTokens(vocabulary));
        root.set("normalizer", normalizer(tokenizer.config()));
        root.putObject("pre_tokenizer").put(TYPE, "BertPreTokenizer");
        root.set("post_processor", postProcessor(vocabulary));
        root.set(
                "decoder",
                wordPiece().put("prefix", PieceTrie.CONTINUATION_PREFIX).put("cleanup", true));
        root.set("model", model(vocabulary));
        return root;
    }

    private static ArrayNode addedTokens(Vocabulary vocabulary) {
        ArrayNode added = NODES.arrayNode();
        // In the order of ids, as the reader demands.
        vocabulary.specialTokens().all().stream().map(vocabulary::id).sorted().forEach(id -> added.addObject()
                .put("id", id)
                .put("content", vocabulary.token(id))
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true));
        return added;
    }

    private static ObjectNode normalizer(TokenizerConfig config) {
        return NODES.objectNode()
                .put(TYPE, "BertNormalizer")
                .put("clean_text", true)
                .put("handle_chinese_chars", config.tokenizeChineseChars())
                .put("strip_accents", config.stripAccents())
                .put("lowercase", config.doLowerCase());
    }

    private static ObjectNode postProcessor(Vocabulary vocabulary) {
        String cls = vocabulary.token(vocabulary.clsId());
        String sep = vocabulary.token(vocabulary.sepId());
        ObjectNode template = NODES.objectNode().put(TYPE, "TemplateProcessing");
        template.putArray("single")
                .add(part("SpecialToken", cls, 0))
                .add(part("Sequence", "A", 0))
                .add(part("SpecialToken", sep, 0));
        template.putArray("pair")
                .add(part("SpecialToken", cls, 0))
                .add(part("Sequence", "A", 0))
                .add(part("SpecialToken", sep, 0))
                .add(part("Sequence", "B", 1))
                .add(part("SpecialToken", sep, 1));
        ObjectNode special = template.putObject("special_tokens");
        special.set(cls, specialToken(cls, vocabulary.clsId()));
        special.set(sep, specialToken(sep, vocabulary.sepId()));
        return template;
    }

    private static ObjectNode part(String kind, String id, int typeId) {
        ObjectNode part = NODES.objectNode();
        part.putObject(kind).put("id", id).put("type_id", typeId);
        return part;
    }

    private static ObjectNode specialToken(String token, int id) {
        ObjectNode special = NODES.objectNode().put("id", token);
        special.putArray("ids").add(id);
        special.putArray("tokens").add(token);
        return special;
    }

    private static ObjectNode model(Vocabulary vocabulary) {
        ObjectNode model = wordPiece()
                .put("unk_token", vocabulary.token(vocabulary.unkId()))
                .put("continuing_subword_prefix", PieceTrie.CONTINUATION_PREFIX)
                .put("max_input_chars_per_word", WordPieceTokenizer.MAX_WORD_LENGTH);
        ObjectNode ids = model.putObject("vocab");
        for (int id = 0; id < vocabulary.size(); id++) {
            ids.put(vocabulary.token(id), id);
        }
        return model;
    }

    private static ObjectNode wordPiece() {
        return NODES.objectNode().put(TYPE, "WordPiece");
    }
}
