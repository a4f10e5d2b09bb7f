package io.github.cloze4j.pretrained.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** A model of BERT's inputs and one output in ONNX Runtime. */
final class OnnxSession implements AutoCloseable {
    private static final OrtEnvironment RUNTIME = OrtEnvironment.getEnvironment();

    private final OrtSession session;

    OnnxSession(Path file) throws OrtException {
        try (OrtSession.SessionOptions options = quiet()) {
            session = RUNTIME.createSession(file.toString(), options);
        }
    }

    OnnxSession(byte[] file) throws OrtException {
        try (OrtSession.SessionOptions options = quiet()) {
            session = RUNTIME.createSession(file, options);
        }
    }

    /** What fails is thrown, and not also printed. */
    private static OrtSession.SessionOptions quiet() throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        return options;
    }

    OrtSession runtime() {
        return session;
    }

    /** The one output {@code [batch][sequence][width]}. */
    float[][][] run(TokenRows rows) throws OrtException {
        return (float[][][]) run(inputs(rows)).values().iterator().next();
    }

    /** The outputs by their names, as arrays. */
    Map<String, Object> run(Map<String, Object> inputs) throws OrtException {
        Map<String, OnnxTensor> tensors = new HashMap<>();
        try {
            for (Map.Entry<String, Object> input : inputs.entrySet()) {
                tensors.put(input.getKey(), OnnxTensor.createTensor(RUNTIME, input.getValue()));
            }
            Map<String, Object> outputs = new LinkedHashMap<>();
            try (OrtSession.Result result = session.run(tensors)) {
                for (Map.Entry<String, OnnxValue> output : result) {
                    outputs.put(output.getKey(), output.getValue().getValue());
                }
            }
            return outputs;
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    /** The inputs of BERT by their names, {@code long[batch][sequence]} each. */
    static Map<String, Object> inputs(TokenRows rows) {
        return Map.of(
                "input_ids", wide(rows.paddedIds()),
                "attention_mask", wide(rows.attentionMask()),
                "token_type_ids", wide(rows.paddedTypes()));
    }

    private static long[][] wide(int[][] values) {
        return Arrays.stream(values)
                .map(row -> Arrays.stream(row).asLongStream().toArray())
                .toArray(long[][]::new);
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
