package io.github.cloze4j.model;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/** What a model answers at the targets of a batch, for tests. */
public final class Answers {
    private Answers() {}

    /** The scores of a head at its targets, input by input; an input is one row or several. */
    public static double[] scores(Bert model, Batch batch, int head) {
        Head asked = model.heads().get(head);
        int[] rows = batch.targets().get(head).rows();
        double[] all = new double[rows.length * asked.outputs()];
        int[] filled = new int[1];
        try (InferencePass pass = model.inferencePass()) {
            pass.scores(batch, rows, asked, (first, scores) -> {
                DataType type = scores.dataType();
                ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(scores.length() * type.width()))
                        .order(ByteOrder.nativeOrder());
                model.parameters().kernels().download(scores, bytes);
                for (int i = 0; i < scores.length(); i++) {
                    all[first * asked.outputs() + i] = type == DataType.FLOAT ? bytes.getFloat() : bytes.getDouble();
                }
                filled[0] += Math.toIntExact(scores.length());
            });
        }
        return Arrays.copyOf(all, filled[0]);
    }

    /** The mean loss of a head over its answers. */
    public static double mean(Pending<List<LossSum>> losses, Batch batch, int head) {
        return losses.read().get(head).sum() / batch.targets().get(head).answers();
    }
}
