package io.github.cloze4j.pretrained.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.files.JsonFile;
import io.github.cloze4j.pretrained.ModelFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * {@code model.safetensors.index.json}: which of several safetensors files, all in the index's own directory, holds which
 * tensor.
 *
 * @param weightMap name of a tensor → name of its file
 */
record ShardIndex(Map<String, String> weightMap) {
    /** Hundreds of times what the index of a large BERT has. */
    private static final int MAXIMUM_BYTES = 1 << 24;

    /** Each is open while a model is read. */
    private static final int MAXIMUM_FILES = 1_000;

    /** @throws CheckpointFormatException if the file is damaged, or names files outside its directory or too many */
    static ShardIndex read(Path path) {
        JsonFile index = JsonFile.read(path, MAXIMUM_BYTES, ModelFile.DAMAGE);
        JsonNode map = index.fields().path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw index.refused("an object weight_map from tensors to files", abbreviated(map));
        }
        Map<String, String> files = new LinkedHashMap<>();
        map.properties().forEach(entry -> {
            JsonNode file = entry.getValue();
            if (!file.isTextual() || !plain(file.textValue())) {
                throw index.refused(
                        "the name of a safetensors file in this directory for tensor " + abbreviated(entry.getKey()),
                        abbreviated(file));
            }
            files.put(entry.getKey(), file.textValue());
        });
        ShardIndex read = new ShardIndex(files);
        int count = read.files().size();
        if (count > MAXIMUM_FILES) {
            throw index.refused("at most " + MAXIMUM_FILES + " files", count + " files");
        }
        return read;
    }

    /** The names of the files, each once. */
    Set<String> files() {
        return new LinkedHashSet<>(weightMap.values());
    }

    /** No path, so that an index leads nowhere else. */
    private static boolean plain(String name) {
        return name.matches("[\\p{Alnum}_][\\p{Alnum}_.-]{0,200}\\.safetensors");
    }

    private static String abbreviated(Object value) {
        String text = value.toString();
        int most = 80;
        return text.isEmpty() ? "none" : text.length() <= most ? text : text.substring(0, most) + "…";
    }
}
