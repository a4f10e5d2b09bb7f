package io.github.cloze4j.pretrained.onnx;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import onnx.Onnx.ModelProto;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Encoders that libraries carry in their jars, as PyTorch exported them to ONNX, in single precision. Maven's profile {@code
 * real-weights} puts the jars on the class path.
 */
public enum PublishedEncoder {
    ALL_MINILM_L6_V2("all-minilm-l6-v2", 12),
    BGE_SMALL_ZH_V15("bge-small-zh-v1.5", 8);

    private final String resource;
    private final int heads;

    PublishedEncoder(String resource, int heads) {
        this.resource = resource;
        this.heads = heads;
    }

    byte[] onnx() throws IOException {
        return bytes(resource + ".onnx");
    }

    byte[] tokenizerJson() throws IOException {
        return bytes(resource + "-tokenizer.json");
    }

    private static byte[] bytes(String name) throws IOException {
        try (InputStream stream = PublishedEncoder.class.getResourceAsStream("/" + name)) {
            assertNotNull(stream, "Expected " + name + " on the class path, as -Preal-weights puts it there");
            return stream.readAllBytes();
        }
    }

    /** The encoder, and a head whose parameters are 0. */
    public Bert model(String kernels) throws IOException {
        return OnnxEncoder.read(ModelProto.parseFrom(onnx()), heads, KernelProviders.create(kernels, DataType.FLOAT));
    }

    public BertTokenizer tokenizer() throws IOException {
        JsonNode json = new ObjectMapper().readTree(tokenizerJson());
        JsonNode words = json.at("/model/vocab");
        String[] tokens = new String[words.size()];
        words.properties().forEach(word -> tokens[word.getValue().intValue()] = word.getKey());
        JsonNode normalizer = json.get("normalizer");
        JsonNode stripAccents = normalizer.get("strip_accents");
        return new BertTokenizer(
                Vocabulary.of(Arrays.asList(tokens)),
                new TokenizerConfig(
                        normalizer.get("lowercase").booleanValue(),
                        stripAccents.isNull() ? null : stripAccents.booleanValue(),
                        normalizer.get("handle_chinese_chars").booleanValue()));
    }

    /** Writes the encoder as a model directory, for fine-tuning. */
    public void write(Path directory) throws IOException {
        try (Bert model = model(KernelProviders.AUTO)) {
            ModelDirectory.write(directory, model, tokenizer(), Map.of());
        }
    }

    /** Writes every encoder: {@code OUTPUT_DIRECTORY}. */
    public static void main(String[] arguments) throws IOException {
        for (PublishedEncoder encoder : values()) {
            Path directory = Path.of(arguments[0]).resolve(encoder.resource);
            encoder.write(directory);
            System.out.println(directory);
        }
    }
}
