package io.github.cloze4j.pretrained.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;
import java.util.Arrays;
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

    /** The output {@code [batch][sequence][width]}. */
    float[][][] run(TokenRows rows) throws OrtException {
        try (OnnxTensor ids = tensor(rows.paddedIds());
                OnnxTensor mask = tensor(rows.attentionMask());
                OnnxTensor types = tensor(rows.paddedTypes());
                OrtSession.Result result =
                        session.run(Map.of("input_ids", ids, "attention_mask", mask, "token_type_ids", types))) {
            return (float[][][]) result.get(0).getValue();
        }
    }

    private static OnnxTensor tensor(int[][] values) throws OrtException {
        long[][] wide = Arrays.stream(values)
                .map(row -> Arrays.stream(row).asLongStream().toArray())
                .toArray(long[][]::new);
        return OnnxTensor.createTensor(RUNTIME, wide);
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
