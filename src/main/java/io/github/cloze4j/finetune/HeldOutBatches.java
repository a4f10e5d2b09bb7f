package io.github.cloze4j.finetune;

import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.PassShape;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.train.Evaluator;
import io.github.cloze4j.train.MicroBatch;
import io.github.cloze4j.train.PassMicroBatch;
import io.github.cloze4j.train.Score;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;

/** The held-out examples of a task in batches, the same at every iteration. */
public final class HeldOutBatches implements Iterable<MicroBatch> {
    /** Examples of a batch where no training says how many. */
    private static final int BATCH_SIZE = 16;

    private final List<LabelledTokens> examples;
    private final int batchSize;
    private final ExamplePacker packer;
    private final TrainingPass pass;

    HeldOutBatches(List<LabelledTokens> examples, int batchSize, ExamplePacker packer, TrainingPass pass) {
        this.examples = examples;
        this.batchSize = batchSize;
        this.packer = packer;
        this.pass = pass;
    }

    /**
     * The loss of a model on all held-out examples.
     *
     * @param data with at least one held-out example
     * @param model with the one head of the data
     * @param padId the id of padding
     */
    public static Score loss(LabelledData data, Bert model, int padId) {
        List<LabelledTokens> examples = data.validation();
        int seqLen = examples.stream()
                .flatMap(example -> example.texts().stream())
                .mapToInt(text -> text.ids().length)
                .max()
                .orElseThrow();
        ExamplePacker packer = new ExamplePacker(seqLen, padId, model.config());
        int[] targets = {ExamplePacker.mostTargets(examples, BATCH_SIZE)};
        PassShape shape = new PassShape(packer.mostRows(examples, BATCH_SIZE), seqLen, targets, false);
        try (TrainingPass pass = model.trainingPass(shape)) {
            return new Evaluator(model.losses(), new HeldOutBatches(examples, BATCH_SIZE, packer, pass))
                    .evaluate()
                    .scores()
                    .values()
                    .iterator()
                    .next();
        }
    }

    @Override
    public Iterator<MicroBatch> iterator() {
        int batches = (examples.size() + batchSize - 1) / batchSize;
        return IntStream.range(0, batches).mapToObj(this::batch).iterator();
    }

    private MicroBatch batch(int number) {
        int first = number * batchSize;
        int end = Math.min(first + batchSize, examples.size());
        // Evaluations take no dropout, so that its seed does not matter.
        return new PassMicroBatch(pass, packer.pack(examples.subList(first, end)), 0);
    }
}
