package io.github.cloze4j.model;

import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.LossSum;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Forward and backward passes of a {@link BertForMaskedLm} over batches of one shape, in memory allocated once. Used from
 * one thread at a time; arrays that it returns are valid until its next call.
 */
public final class MlmPass implements AutoCloseable {
    private static final int EMBEDDINGS_SITE = 0;

    /** 64 MiB in float: more positions than a small batch has, and no faster where there are more. */
    private static final int MOST_LOGITS = 1 << 24;

    private final BertForMaskedLm model;
    private final int rows;
    private final int seqLen;
    private final int maxMasked;
    private final Arena.Plan<Activations> plan;
    private MlmHead.@Nullable Activations lastHead;

    private record Activations(
            BertEmbeddings.Activations embeddings,
            BertEncoder.Activations encoder,
            MlmHead.Activations head,
            INDArray dHidden // [tokens, hidden]
            ) {}

    MlmPass(BertForMaskedLm model, int rows, int seqLen, int maxMasked) {
        this(model, rows, seqLen, maxMasked, MOST_LOGITS);
    }

    /** @param mostLogits that exist at a time */
    MlmPass(BertForMaskedLm model, int rows, int seqLen, int maxMasked, int mostLogits) {
        if (rows < 1 || seqLen < 1 || maxMasked < 1) {
            throw new IllegalArgumentException("Expected rows, seqLen and maxMasked of at least 1. Received: " + rows
                    + ", " + seqLen + ", " + maxMasked);
        }
        this.model = model;
        this.rows = rows;
        this.seqLen = seqLen;
        this.maxMasked = maxMasked;
        int tokens = Math.multiplyExact(rows, seqLen);
        plan = Arena.plan(
                model.parameters().type(),
                arena -> new Activations(
                        model.embeddings().plan(arena, tokens),
                        model.encoder().plan(arena, tokens, seqLen),
                        model.head().plan(arena, maxMasked, mostLogits),
                        arena.take(tokens, model.config().hiddenSize())));
    }

    /** Loss without dropout; gradients stay as they are. */
    public MlmLoss evaluate(MlmBatch batch) {
        MlmHead.Activations head = forwardHead(batch, DropoutSites.NONE);
        return loss(batch, model.head().loss(batch.labels(), head));
    }

    /** The loss of {@link #forwardBackward} without its gradients: what a gradient check perturbs. */
    public MlmLoss forward(MlmBatch batch, long seed, long microBatch) {
        MlmHead.Activations head = forwardHead(batch, DropoutSites.of(seed, microBatch));
        return loss(batch, model.head().loss(batch.labels(), head));
    }

    /**
     * Loss with dropout; adds {@code gradientScale} times the gradient of its sum to the parameters' gradients.
     *
     * @param seed of the run
     * @param microBatch a number that differs for every micro-batch of the run
     */
    public MlmLoss forwardBackward(MlmBatch batch, long seed, long microBatch, double gradientScale) {
        DropoutSites dropouts = DropoutSites.of(seed, microBatch);
        Activations a = plan.arrays();
        MlmHead.Activations head = forwardHead(batch, dropouts);
        LossSum loss = model.head().lossWithGradient(batch.labels(), gradientScale, head);

        model.head().backward(batch.maskedPositions(), head, a.dHidden());
        INDArray embedded = a.embeddings().y();
        model.encoder().backward(embedded, a.dHidden(), batch.documentOffsets(), dropouts, a.encoder());
        model.embeddings().backward(batch, a.dHidden(), embeddingsDropout(dropouts), a.embeddings());
        return loss(batch, loss);
    }

    /**
     * Scores {@code [masked, vocabulary]} of every word at every masked position, without dropout.
     *
     * @throws IllegalArgumentException where they are more than 2^24 scores, of more than one position
     */
    public INDArray logits(MlmBatch batch) {
        return model.head().logits(forwardHead(batch, DropoutSites.NONE));
    }

    /** The encoder's output {@code [tokens, hidden]}, without dropout. */
    public INDArray hiddenStates(MlmBatch batch) {
        return forwardEncoder(batch, DropoutSites.NONE);
    }

    /** What the activations take of native memory. */
    public long bytes() {
        return plan.arena().bytes();
    }

    /** The most masked positions of a batch. */
    public int maxMasked() {
        return maxMasked;
    }

    /** Frees the activations. */
    @Override
    public void close() {
        plan.arena().close();
    }

    private MlmHead.Activations forwardHead(MlmBatch batch, DropoutSites dropouts) {
        if (batch.masked() < 1 || batch.masked() > maxMasked) {
            throw new IllegalArgumentException(
                    "Expected 1 to " + maxMasked + " masked positions. Received: " + batch.masked());
        }
        INDArray hidden = forwardEncoder(batch, dropouts);
        MlmHead.Activations head = head(batch.masked());
        model.head().forward(hidden, batch.maskedPositions(), head);
        return head;
    }

    /** Views for that many positions; made anew only where the number differs from the last batch's. */
    private MlmHead.Activations head(int masked) {
        if (lastHead == null || lastHead.masked() != masked) {
            lastHead = plan.arrays().head().rows(masked);
        }
        return lastHead;
    }

    private INDArray forwardEncoder(MlmBatch batch, DropoutSites dropouts) {
        if (batch.rows() != rows || batch.seqLen() != seqLen) {
            throw new IllegalArgumentException("Expected a batch of " + rows + "×" + seqLen + ". Received: "
                    + batch.rows() + "×" + batch.seqLen());
        }
        Activations a = plan.arrays();
        model.embeddings().forward(batch, embeddingsDropout(dropouts), a.embeddings());
        return model.encoder().forward(a.embeddings().y(), batch.documentOffsets(), dropouts, a.encoder());
    }

    private Dropout embeddingsDropout(DropoutSites dropouts) {
        return dropouts.at(EMBEDDINGS_SITE, model.config().hiddenDropoutProb());
    }

    private static MlmLoss loss(MlmBatch batch, LossSum loss) {
        return new MlmLoss(loss.sum(), loss.correct(), batch.masked());
    }
}
