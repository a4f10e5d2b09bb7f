package io.github.cloze4j.model;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.OneThread;
import io.github.cloze4j.kernel.Pending;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Forward and backward passes of a {@link Bert} over batches of one shape, or of fewer rows, in memory allocated once. Losses come in the order
 * of the model's heads.
 *
 * <p>One thread at a time uses a pass, and one thread at a time trains a model: a second thread that calls meanwhile gets an
 * {@link IllegalStateException}. Passes for evaluation may run while another thread trains the model; each batch is then
 * scored by the weights after a whole step. {@link #close} waits for the call of another thread.
 */
public final class TrainingPass implements AutoCloseable {
    private static final int EMBEDDINGS_SITE = 0;

    /** 64 MiB in float: more than the scores of a small batch take; with more memory a pass is no faster. */
    static final int MOST_SCORES = 1 << 24;

    private final Bert model;
    private final PassShape shape;
    private final Arena.Plan<PassActivations> plan;
    /** The same memory, laid out for the numbers of rows that batches had so far. */
    private final Map<Integer, PassActivations> layouts = new HashMap<>();

    private final int mostScores;
    private final OneThread use = new OneThread("a pass", "Plan a pass for each thread");
    private int lastRows;
    private @Nullable PassActivations lastViews;
    private boolean closed;

    /** @param mostScores the most scores of a head that exist at a time */
    TrainingPass(Bert model, PassShape shape, int mostScores) {
        shape.requireTargetsFor(model.heads());
        this.model = model;
        this.shape = shape;
        this.mostScores = mostScores;
        plan = Arena.plan(
                model.parameters().type(), arena -> PassActivations.plan(arena, model.layers(), shape, mostScores));
        layouts.put(shape.rows(), plan.arrays());
    }

    /** The names of the losses, in the order in which batches have targets for them. */
    public List<String> losses() {
        return model.losses();
    }

    /** Losses without dropout; gradients stay as they are. */
    public Pending<List<LossSum>> loss(Batch batch) {
        return alone(() -> losses(batch, DropoutSites.NONE));
    }

    /** The losses of {@link #forwardBackward} without its gradients: what a gradient check perturbs. */
    public Pending<List<LossSum>> loss(Batch batch, long seed, long microBatch) {
        return alone(() -> losses(batch, DropoutSites.of(seed, microBatch)));
    }

    /**
     * Losses with dropout; adds to the parameters' gradients those of {@code Σ gradientScales[i] · loss[i]}.
     *
     * @param seed seed of the run
     * @param microBatch a number that differs for every micro-batch of the run
     * @param gradientScales a factor for the sum of each head's loss over its targets, in the order of the heads
     * @throws IllegalStateException if another thread uses this pass or trains the model, or either is closed
     */
    public Pending<List<LossSum>> forwardBackward(Batch batch, long seed, long microBatch, double... gradientScales) {
        if (gradientScales.length != model.heads().size()) {
            throw new IllegalArgumentException("Expected a scale for each of the losses " + model.losses()
                    + ". Received: " + Arrays.toString(gradientScales));
        }
        return model.parameters()
                .training()
                .run(() -> alone(() -> train(batch, DropoutSites.of(seed, microBatch), gradientScales)));
    }

    /** Runs a whole pass, between whose operations no other thread uses the kernels or closes anything. */
    private <T> T alone(Supplier<T> pass) {
        return use.run(() -> model.parameters().kernels().exclusively(pass));
    }

    private Pending<List<LossSum>> losses(Batch batch, DropoutSites dropouts) {
        PassActivations a = views(batch);
        INDArray output = forwardEncoder(batch, PassActivations.outputRows(batch), dropouts, a);
        List<Pending<LossSum>> losses = new ArrayList<>();
        for (int i = 0; i < a.heads().size(); i++) {
            Targets targets = batch.targets().get(i);
            losses.add(
                    targets.count() == 0
                            ? Pending.of(LossSum.ZERO)
                            : a.heads().get(i).loss(a.of(i, output), targets, headDropout(dropouts, i)));
        }
        return Pending.all(losses);
    }

    private Pending<List<LossSum>> train(Batch batch, DropoutSites dropouts, double[] gradientScales) {
        PassActivations a = views(batch);
        int[] outputRows = PassActivations.outputRows(batch);
        INDArray output = forwardEncoder(batch, outputRows, dropouts, a);
        List<Pending<LossSum>> losses = new ArrayList<>();
        for (int i = 0; i < a.heads().size(); i++) {
            Targets targets = batch.targets().get(i);
            losses.add(
                    targets.count() == 0
                            ? Pending.of(LossSum.ZERO)
                            : a.heads()
                                    .get(i)
                                    .train(
                                            a.of(i, output),
                                            targets,
                                            gradientScales[i],
                                            headDropout(dropouts, i),
                                            a.of(i, a.dOutput())));
        }
        backwardEncoder(batch, outputRows, dropouts, a);
        return Pending.all(losses);
    }

    /** The encoder's output where heads read it: {@code [all targets, hidden]}. */
    private INDArray forwardEncoder(Batch batch, int[] outputRows, DropoutSites dropouts, PassActivations a) {
        model.embeddings().forward(batch, embeddingsDropout(dropouts), a.embeddings());
        return model.encoder().forward(a.embeddings().y(), outputRows, batch.documents(), dropouts, a.encoder());
    }

    private void backwardEncoder(Batch batch, int[] outputRows, DropoutSites dropouts, PassActivations a) {
        model.encoder()
                .backward(
                        a.embeddings().y(),
                        a.dOutput(),
                        outputRows,
                        batch.documents(),
                        dropouts,
                        a.encoder(),
                        a.dHidden());
        model.embeddings().backward(batch, a.dHidden(), embeddingsDropout(dropouts), a.embeddings());
    }

    private Dropout embeddingsDropout(DropoutSites dropouts) {
        return dropouts.at(EMBEDDINGS_SITE, model.config().hiddenDropoutProb());
    }

    private DoubleFunction<Dropout> headDropout(DropoutSites dropouts, int head) {
        int site = model.encoder().dropoutSites() + head;
        return probability -> dropouts.at(site, probability);
    }

    /** Views for the batch's rows and targets; made anew only if their numbers differ from the last batch's. */
    private PassActivations views(Batch batch) {
        if (closed) {
            throw new IllegalStateException("Expected an open pass. Received: a closed one. Plan another");
        }
        model.parameters().requireOpen();
        int[] counts = batch.targetCounts();
        if (batch.rows() > shape.rows() || batch.seqLen() != shape.seqLen() || !fits(counts)) {
            throw new IllegalArgumentException("Expected a batch of at most " + shape.rows() + "×" + shape.seqLen()
                    + " tokens with at most " + Arrays.toString(shape.maxTargets()) + " targets for the losses "
                    + model.losses() + ". Received: " + batch + ". Make batches of the shape of the pass");
        }
        if (Arrays.stream(counts).sum() == 0) {
            throw new IllegalArgumentException("Expected a batch with at least one target. Received: " + batch
                    + ". Leave out batches that have nothing to learn");
        }
        if (lastViews == null || lastRows != batch.rows() || !Arrays.equals(lastViews.counts(), counts)) {
            lastRows = batch.rows();
            lastViews = layouts.computeIfAbsent(lastRows, this::layout).of(counts);
        }
        return lastViews;
    }

    private PassActivations layout(int rows) {
        PassShape smaller = new PassShape(rows, shape.seqLen(), shape.maxTargets(), shape.recompute());
        return plan.arena()
                .reuse(arena -> PassActivations.plan(arena, model.layers(), smaller, mostScores))
                .arrays();
    }

    private boolean fits(int[] counts) {
        int[] most = shape.maxTargets();
        boolean fits = counts.length == most.length;
        for (int i = 0; fits && i < counts.length; i++) {
            fits = counts[i] <= most[i];
        }
        return fits;
    }

    /** The bytes of native memory that the activations take. */
    public long bytes() {
        return plan.arena().bytes();
    }

    /** Frees the activations, after the call of another thread has ended. A second call does nothing. */
    @Override
    public void close() {
        model.parameters().kernels().exclusively(() -> {
            closed = true;
            plan.arena().close();
            return this;
        });
    }
}
