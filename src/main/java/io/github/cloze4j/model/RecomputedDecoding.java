package io.github.cloze4j.model;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A {@link Decoding} that computes all tokens of all texts anew for each score: the reference, and the decoding of kernels
 * that keep no keys and values. Time for a token grows with the square of the length.
 */
final class RecomputedDecoding implements Decoding {
    private final Head head;
    private final InferencePass pass;
    private final GrowingTexts texts;

    /** @param head a head of the model */
    RecomputedDecoding(Bert model, Head head) {
        this.head = head;
        // The scores of all texts exist at the same time.
        pass = new InferencePass(model, Integer.MAX_VALUE);
        texts = new GrowingTexts(model.config());
    }

    @Override
    public void begin(List<Prompt> prompts) {
        texts.begin(prompts);
    }

    @Override
    public void append(int... ids) {
        texts.append(ids);
    }

    @Override
    public void select(int... numbers) {
        texts.select(numbers);
    }

    @Override
    public INDArray scores() {
        texts.requireBegun();
        INDArray[] read = new INDArray[1];
        pass.scores(texts.batch(), texts.lastRows(), head, (first, all) -> read[0] = all);
        return read[0];
    }

    @Override
    public void close() {
        texts.close();
        pass.close();
    }
}
