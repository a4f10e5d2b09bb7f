package io.github.cloze4j.pretrained.huggingface;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.files.StrictJson;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.Path;

/** {@code generation_config.json}, in which {@code generate} of transformers finds the tokens that begin, end and pad a text. */
final class GenerationFile {
    static final String NAME = "generation_config.json";

    /** Hundreds of times the length of such a file. */
    private static final int MAXIMUM_BYTES = 1 << 20;

    private GenerationFile() {}

    /**
     * The text of the file of a model. Settings of a file that stands there already, such as a temperature, are kept; a damaged file
     * is replaced.
     *
     * @param directory the directory that the model is written to
     */
    static String text(Path directory, Vocabulary vocabulary) {
        return StrictJson.toText(former(directory.resolve(NAME))
                .put("bos_token_id", vocabulary.clsId())
                .put("eos_token_id", vocabulary.sepId())
                .put("pad_token_id", vocabulary.padId())
                .put("use_cache", true));
    }

    private static ObjectNode former(Path file) {
        try {
            return StrictJson.readTree(file, MAXIMUM_BYTES);
        } catch (IOException absentOrDamaged) {
            return JsonNodeFactory.instance.objectNode();
        }
    }
}
