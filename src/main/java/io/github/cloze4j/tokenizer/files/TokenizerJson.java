package io.github.cloze4j.tokenizer.files;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TextPipeline;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code tokenizer.json}: the pipeline of Hugging Face's {@code tokenizers} that does what {@link BertTokenizer} does. */
final class TokenizerJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String TYPE = "type";
    private static final String SEQUENCE = "Sequence";

    private TokenizerJson() {}

    static ObjectNode of(BertTokenizer tokenizer) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        ObjectNode root = NODES.objectNode();
        root.put("version", "1.0");
        root.putNull("truncation");
        root.putNull("padding");
        root.set("added_tokens", addedTokens(vocabulary));
        root.set("normalizer", normalizer(tokenizer));
        root.set("pre_tokenizer", preTokenizer(tokenizer.pipeline().cuts()));
        root.set("post_processor", postProcessor(vocabulary));
        root.set(
                "decoder",
                wordPiece().put("prefix", Vocabulary.CONTINUATION_PREFIX).put("cleanup", true));
        root.set("model", model(vocabulary, tokenizer.pipeline()));
        return root;
    }

    private static ArrayNode addedTokens(Vocabulary vocabulary) {
        ArrayNode added = NODES.arrayNode();
        // In the order of ids, since the library numbers them by their order.
        vocabulary.addedTokens().forEach(token -> added.addObject()
                .put("id", vocabulary.id(token.content()))
                .put("content", token.content())
                .put("single_word", token.singleWord())
                .put("lstrip", token.lstrip())
                .put("rstrip", token.rstrip())
                .put("normalized", token.normalized())
                .put("special", token.special()));
        return added;
    }

    private static ObjectNode normalizer(BertTokenizer tokenizer) {
        if (tokenizer.pipeline().isBert()) {
            TokenizerConfig config = tokenizer.config();
            return bertNormalizer(true, config.tokenizeChineseChars(), config.stripAccents(), config.doLowerCase());
        }
        ObjectNode sequence = typed(SEQUENCE);
        ArrayNode stages = sequence.putArray("normalizers");
        for (TextPipeline.Stage stage : tokenizer.pipeline().stages()) {
            stages.add(
                    switch (stage) {
                        case CLEAN -> bertNormalizer(true, false, false, false);
                        case IDEOGRAPHS_APART -> bertNormalizer(false, true, false, false);
                        case DECOMPOSE -> typed("NFD");
                        case DROP_NONSPACING -> bertNormalizer(false, false, true, false);
                        case DROP_MARKS -> typed("StripAccents");
                        case LOWER_CASE -> typed("Lowercase");
                    });
        }
        return sequence;
    }

    private static ObjectNode bertNormalizer(
            boolean clean, boolean ideographsApart, @Nullable Boolean stripAccents, boolean lowerCase) {
        return typed("BertNormalizer")
                .put("clean_text", clean)
                .put("handle_chinese_chars", ideographsApart)
                .put("strip_accents", stripAccents)
                .put("lowercase", lowerCase);
    }

    private static ObjectNode preTokenizer(TextPipeline.Cuts cuts) {
        return switch (cuts) {
            case PUNCTUATION -> typed("BertPreTokenizer");
            case NONE -> typed("WhitespaceSplit");
            case WORDS -> typed("Whitespace");
            case WORDS_AND_PUNCTUATION -> {
                ObjectNode sequence = typed(SEQUENCE);
                sequence.putArray("pretokenizers")
                        .add(typed("Whitespace"))
                        .add(typed("Punctuation").put("behavior", "Isolated"));
                yield sequence;
            }
        };
    }

    private static ObjectNode typed(String type) {
        return NODES.objectNode().put(TYPE, type);
    }

    private static ObjectNode postProcessor(Vocabulary vocabulary) {
        String cls = vocabulary.token(vocabulary.clsId());
        String sep = vocabulary.token(vocabulary.sepId());
        ObjectNode template = typed("TemplateProcessing");
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

    private static ObjectNode model(Vocabulary vocabulary, TextPipeline pipeline) {
        ObjectNode model = wordPiece()
                .put("unk_token", vocabulary.token(vocabulary.unkId()))
                .put("continuing_subword_prefix", Vocabulary.CONTINUATION_PREFIX)
                .put("max_input_chars_per_word", pipeline.maxWordLength());
        ObjectNode ids = model.putObject("vocab");
        vocabulary.pieces().entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .forEach(piece -> ids.put(piece.getKey(), piece.getValue()));
        return model;
    }

    private static ObjectNode wordPiece() {
        return typed("WordPiece");
    }
}
