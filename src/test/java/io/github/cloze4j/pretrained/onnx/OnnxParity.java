package io.github.cloze4j.pretrained.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OrtException;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.model.Answers;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.InferencePass;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A model of ours against ONNX Runtime: what both compute for the same tokens. */
public final class OnnxParity {
    /** Of numbers up to 10 in single precision. */
    public static final double TOLERANCE = 1e-4;

    private OnnxParity() {}

    /**
     * Exports a model twice, whole and without its head, and compares both with the model: each text by itself, and all of
     * them as one padded batch. Hidden states differ by at most {@link #TOLERANCE}, logits by at most that share of the
     * largest: those of a trained model reach 30, and on BERT-base either side is 1e-4 away from double precision.
     *
     * @param directory for the exported files
     */
    public static void assertAgrees(Bert model, BertTokenizer tokenizer, List<String> texts, Path directory)
            throws OrtException {
        Path whole = directory.resolve("whole.onnx");
        Path encoder = directory.resolve("encoder.onnx");
        OnnxModel.write(whole, model, OnnxModel.Output.LOGITS);
        OnnxModel.write(encoder, model, OnnxModel.Output.LAST_HIDDEN_STATE);
        try (OnnxSession wholeSession = new OnnxSession(whole);
                OnnxSession encoderSession = new OnnxSession(encoder)) {
            for (String text : texts) {
                TokenRows rows = TokenRows.of(tokenizer, model.config(), List.of(text));
                float[][] logits = logits(model, rows);
                assertSame(wholeSession.run(rows), logits, rows, TOLERANCE * largest(logits), text);
                assertHiddenStatesAgree(encoderSession, model, rows, text);
            }
            TokenRows rows = TokenRows.of(tokenizer, model.config(), texts);
            assertHiddenStatesAgree(encoderSession, model, rows, "all texts");
        }
    }

    /** Returns the largest difference. */
    public static double assertLogitsAgree(OnnxSession session, Bert model, TokenRows rows, String what)
            throws OrtException {
        return assertSame(session.run(rows), logits(model, rows), rows, TOLERANCE, what);
    }

    /** Returns the largest difference. */
    public static double assertHiddenStatesAgree(OnnxSession session, Bert model, TokenRows rows, String what)
            throws OrtException {
        return assertSame(session.run(rows), hiddenStates(model, rows), rows, TOLERANCE, what);
    }

    /** {@code [tokens that are no padding][vocabulary]}. */
    public static float[][] logits(Bert model, TokenRows rows) {
        Batch batch = rows.batch(model.config());
        double[] scores = Answers.scores(model, batch, 0);
        int words = model.config().vocabSize();
        float[][] rowsOfScores = new float[scores.length / words][words];
        for (int i = 0; i < scores.length; i++) {
            rowsOfScores[i / words][i % words] = (float) scores[i];
        }
        return rowsOfScores;
    }

    /** {@code [tokens that are no padding][hidden]}. */
    public static float[][] hiddenStates(Bert model, TokenRows rows) {
        Batch batch = rows.batch(model.config());
        try (InferencePass pass = model.inferencePass()) {
            float[][] all = numbers(pass.hiddenStates(batch));
            return Arrays.stream(batch.targets().get(0).rows())
                    .mapToObj(position -> all[position])
                    .toArray(float[][]::new);
        }
    }

    private static double assertSame(
            float[][][] theirs, float[][] ours, TokenRows rows, double tolerance, String what) {
        assertEquals(rows.rows(), theirs.length);
        double largest = 0;
        int token = 0;
        for (int row = 0; row < rows.rows(); row++) {
            assertEquals(rows.longest(), theirs[row].length);
            for (int i = 0; i < rows.length(row); i++) {
                float[] expected = theirs[row][i];
                float[] received = ours[token++];
                assertArrayEquals(expected, received, (float) tolerance, what + ", row " + row + ", token " + i);
                for (int j = 0; j < expected.length; j++) {
                    largest = Math.max(largest, Math.abs(expected[j] - received[j]));
                }
            }
        }
        assertEquals(ours.length, token);
        return largest;
    }

    private static double largest(float[][] numbers) {
        double largest = 0;
        for (float[] row : numbers) {
            for (float number : row) {
                largest = Math.max(largest, Math.abs(number));
            }
        }
        return largest;
    }

    private static float[][] numbers(INDArray matrix) {
        try (INDArray copy = matrix.dup('c')) {
            return copy.toFloatMatrix();
        }
    }
}
