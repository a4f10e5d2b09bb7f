package io.github.cloze4j.model;

import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.OneThread;
import io.github.cloze4j.kernel.Pending;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Forward and backward passes of a {@link BertForMaskedLm} over batches of one shape, in memory allocated once. Arrays that
 * it returns are valid until its next call.
 *
 * <p>One thread at a time uses a pass, and one thread at a time trains a model: a second thread that calls meanwhile gets an
 * {@link IllegalStateException}. Passes for evaluation may run while another thread trains the model; each batch is then
 * scored by the weights after a whole step. {@link #close} waits for the call of another thread.
 */
public final class MlmPass implements AutoCloseable {
    private static final int EMBEDDINGS_SITE = 0;

    /** 64 MiB in float: more positions than a small batch has, and no faster where there are more. */
    static final int MOST_LOGITS = 1 << 24;

    private final BertForMaskedLm model;
    private final int rows;
    private final int seqLen;
    private final int maxMasked;
    private final Arena.Plan<MlmActivations> plan;
    private final OneThread use = new OneThread("a pass", "Plan a pass for each thread");
    private @Nullable MlmActivations lastViews;
    private boolean closed;

    /**
     * @param recompute whether backward computes activations again that forward has not kept
     * @param mostLogits that exist at a time
     */
    MlmPass(BertForMaskedLm model, int rows, int seqLen, int maxMasked, boolean recompute, int mostLogits) {
        if (rows < 1 || seqLen < 1 || maxMasked < 1) {
            throw new IllegalArgumentException("Expected rows, seqLen and maxMasked of at least 1. Received: " + rows
                    + ", " + seqLen + ", " + maxMasked);
        }
        this.model = model;
        this.rows = rows;
        this.seqLen = seqLen;
        this.maxMasked = maxMasked;
        plan = Arena.plan(
                model.parameters().type(),
                arena -> MlmActivations.plan(arena, model.layers(), rows, seqLen, maxMasked, recompute, mostLogits));
    }

    /** Loss without dropout; gradients stay as they are. */
    public Pending<MlmLoss> evaluate(MlmBatch batch) {
        return forward(batch, DropoutSites.NONE);
    }

    /** The loss of {@link #forwardBackward} without its gradients: what a gradient check perturbs. */
    public Pending<MlmLoss> forward(MlmBatch batch, long seed, long microBatch) {
        return forward(batch, DropoutSites.of(seed, microBatch));
    }

    private Pending<MlmLoss> forward(MlmBatch batch, DropoutSites dropouts) {
        return alone(() -> {
            MlmActivations a = views(batch);
            INDArray output = forwardEncoder(batch, a.outputRows(batch), dropouts, a);
            model.head().forward(a.atMasked(output), a.head());
            return loss(batch, model.head().loss(batch.labels(), a.head()), pairLoss(output, batch, 0, a));
        });
    }

    /** Runs a whole pass, between whose operations no other thread uses the kernels or closes anything. */
    private <T> T alone(Supplier<T> pass) {
        return use.run(() -> model.parameters().kernels().exclusively(pass));
    }

    /** {@link #forwardBackward(MlmBatch, long, long, double, double)} of a model without pairs. */
    public Pending<MlmLoss> forwardBackward(MlmBatch batch, long seed, long microBatch, double gradientScale) {
        return forwardBackward(batch, seed, microBatch, gradientScale, 0);
    }

    /**
     * Losses with dropout; adds to the parameters' gradients {@code maskedScale} times the gradient of the masked
     * positions' sum and {@code pairScale} times that of the pairs' sum.
     *
     * @param seed of the run
     * @param microBatch a number that differs for every micro-batch of the run
     * @throws IllegalStateException if another thread uses this pass or trains the model, or either is closed
     */
    public Pending<MlmLoss> forwardBackward(
            MlmBatch batch, long seed, long microBatch, double maskedScale, double pairScale) {
        return model.parameters()
                .training()
                .run(() -> alone(() -> train(batch, seed, microBatch, maskedScale, pairScale)));
    }

    private Pending<MlmLoss> train(MlmBatch batch, long seed, long microBatch, double maskedScale, double pairScale) {
        DropoutSites dropouts = DropoutSites.of(seed, microBatch);
        MlmActivations a = views(batch);
        int[] outputRows = a.outputRows(batch);
        INDArray output = forwardEncoder(batch, outputRows, dropouts, a);
        INDArray atMasked = a.atMasked(output);
        model.head().forward(atMasked, a.head());
        Pending<LossSum> masked = model.head().lossWithGradient(batch.labels(), maskedScale, a.head());
        Pending<LossSum> pairs = pairLoss(output, batch, pairScale, a);

        model.head().backward(atMasked, a.head(), a.atMasked(a.dOutput()));
        pairsBackward(output, a);
        backwardEncoder(batch, outputRows, dropouts, a);
        return loss(batch, masked, pairs);
    }

    /**
     * Scores {@code [masked, vocabulary]} of every word at every masked position, without dropout.
     *
     * @throws IllegalArgumentException where they are more than 2^24 scores, of more than one position
     */
    public INDArray logits(MlmBatch batch) {
        return alone(() -> {
            MlmActivations a = views(batch);
            INDArray output = forwardEncoder(batch, a.outputRows(batch), DropoutSites.NONE, a);
            model.head().forward(a.atMasked(output), a.head());
            return model.head().logits(a.head());
        });
    }

    /**
     * Scores {@code [pairs, 2]} of each pair, without dropout: the first that its second text follows the first one, the
     * second that it does not.
     *
     * @throws IllegalArgumentException if the model has no head for pairs or the batch no pair
     */
    public INDArray nextSentenceLogits(MlmBatch batch) {
        return alone(() -> pairLogits(batch));
    }

    private INDArray pairLogits(MlmBatch batch) {
        NextSentenceHead head = model.nextSentenceHead();
        MlmActivations a = views(batch);
        if (head == null || a.pairs() == null || a.scoredPairs() == 0) {
            throw new IllegalArgumentException("Expected a model with a next-sentence head and a batch with pairs."
                    + " Received: " + (head == null ? "a model without" : "a batch without"));
        }
        INDArray output = forwardEncoder(batch, a.outputRows(batch), DropoutSites.NONE, a);
        head.forward(a.atPairs(output), a.pairs());
        return a.pairs().logits();
    }

    /** What the activations take of native memory. */
    public long bytes() {
        return plan.arena().bytes();
    }

    /** The most masked positions of a batch. */
    public int maxMasked() {
        return maxMasked;
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

    /** Of the batch's pairs, and its gradient in the place of their logits. */
    private Pending<LossSum> pairLoss(INDArray output, MlmBatch batch, double gradientScale, MlmActivations a) {
        NextSentenceHead head = model.nextSentenceHead();
        if (head == null || a.pairs() == null || a.scoredPairs() == 0) {
            return Pending.of(LossSum.ZERO);
        }
        head.forward(a.atPairs(output), a.pairs());
        return head.loss(batch.pairLabels(), gradientScale, a.pairs());
    }

    private void pairsBackward(INDArray output, MlmActivations a) {
        NextSentenceHead head = model.nextSentenceHead();
        if (head != null && a.pairs() != null && a.scoredPairs() > 0) {
            head.backward(a.atPairs(output), a.pairs(), a.atPairs(a.dOutput()));
        }
    }

    /** Views for the batch's masked positions and pairs; made anew only where their numbers differ from the last batch's. */
    private MlmActivations views(MlmBatch batch) {
        if (closed) {
            throw new IllegalStateException("Expected an open pass. Received: a closed one. Plan another");
        }
        int masked = batch.masked();
        if (masked < 1 || masked > maxMasked) {
            throw new IllegalArgumentException("Expected 1 to " + maxMasked + " masked positions. Received: " + masked);
        }
        int scoredPairs = model.hasNextSentenceHead() ? batch.pairs() : 0;
        if (lastViews == null || lastViews.masked() != masked || lastViews.scoredPairs() != scoredPairs) {
            lastViews = plan.arrays().of(masked, scoredPairs);
        }
        return lastViews;
    }

    /** The encoder's output where heads read it: {@code [masked + scoredPairs, hidden]}. */
    private INDArray forwardEncoder(MlmBatch batch, int[] outputRows, DropoutSites dropouts, MlmActivations a) {
        model.parameters().requireOpen();
        if (batch.rows() != rows || batch.seqLen() != seqLen) {
            throw new IllegalArgumentException("Expected a batch of " + rows + "×" + seqLen + ". Received: "
                    + batch.rows() + "×" + batch.seqLen());
        }
        // Kernels do not look whether a type lies in its table.
        if (batch.pairs() > 0 && model.config().typeVocabSize() < 2) {
            throw new IllegalArgumentException("Expected a model with two token types for a batch of pairs. Received: "
                    + model.config().typeVocabSize() + " (type_vocab_size)");
        }
        model.embeddings().forward(batch, embeddingsDropout(dropouts), a.embeddings());
        return model.encoder()
                .forward(
                        a.embeddings().y(),
                        outputRows,
                        Documents.bidirectional(batch.documentOffsets()),
                        dropouts,
                        a.encoder());
    }

    private void backwardEncoder(MlmBatch batch, int[] outputRows, DropoutSites dropouts, MlmActivations a) {
        model.encoder()
                .backward(
                        a.embeddings().y(),
                        a.dOutput(),
                        outputRows,
                        Documents.bidirectional(batch.documentOffsets()),
                        dropouts,
                        a.encoder(),
                        a.dHidden());
        model.embeddings().backward(batch, a.dHidden(), embeddingsDropout(dropouts), a.embeddings());
    }

    private Dropout embeddingsDropout(DropoutSites dropouts) {
        return dropouts.at(EMBEDDINGS_SITE, model.config().hiddenDropoutProb());
    }

    private Pending<MlmLoss> loss(MlmBatch batch, Pending<LossSum> masked, Pending<LossSum> pairs) {
        int scoredPairs = model.hasNextSentenceHead() ? batch.pairs() : 0;
        int count = batch.masked();
        return masked.and(
                pairs,
                (words, order) -> new MlmLoss(
                        words.sum(),
                        words.correct(),
                        count,
                        new NextSentenceLoss(order.sum(), order.correct(), scoredPairs)));
    }
}
