package io.github.cloze4j.model;

import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.StepShape;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
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
    private NextSentenceHead.@Nullable Activations lastPairs;

    private record Activations(
            BertEmbeddings.Activations embeddings,
            BertEncoder.Activations encoder,
            MlmHead.Activations head,
            NextSentenceHead.@Nullable Activations pairs, // where the model has the head
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
        plan = Arena.plan(
                model.parameters().type(), arena -> activations(arena, model, rows, seqLen, maxMasked, mostLogits));
    }

    /** The one layout: what is allocated, and what is measured before. */
    private static Activations activations(
            Arena arena, BertForMaskedLm model, int rows, int seqLen, int maxMasked, int mostLogits) {
        int tokens = Math.multiplyExact(rows, seqLen);
        return new Activations(
                model.embeddings().plan(arena, tokens),
                model.encoder().plan(arena, tokens, seqLen),
                model.head().plan(arena, maxMasked, mostLogits),
                planPairs(arena, model, tokens),
                arena.take(tokens, model.config().hiddenSize()));
    }

    private static NextSentenceHead.@Nullable Activations planPairs(Arena arena, BertForMaskedLm model, int tokens) {
        NextSentenceHead head = model.nextSentenceHead();
        return head == null ? null : head.plan(arena, Math.max(1, tokens / MlmBatch.SHORTEST_PAIR));
    }

    /** What {@link #bytes} of a pass of that shape would be; allocates nothing. */
    static long bytes(BertForMaskedLm model, int rows, int seqLen, int maxMasked) {
        DataType type = model.parameters().type();
        return type.width()
                * Arena.measure(type, arena -> activations(arena, model, rows, seqLen, maxMasked, MOST_LOGITS));
    }

    /** What the provider's own memory depends on. */
    static StepShape shape(BertForMaskedLm model, int rows, int seqLen, int maxMasked, boolean training) {
        BertConfig config = model.config();
        return new StepShape(
                rows,
                seqLen,
                maxMasked,
                model.head().chunk(maxMasked, MOST_LOGITS),
                config.hiddenSize(),
                config.intermediateSize(),
                config.numAttentionHeads(),
                config.vocabSize(),
                training);
    }

    /** Loss without dropout; gradients stay as they are. */
    public MlmLoss evaluate(MlmBatch batch) {
        return forward(batch, DropoutSites.NONE);
    }

    /** The loss of {@link #forwardBackward} without its gradients: what a gradient check perturbs. */
    public MlmLoss forward(MlmBatch batch, long seed, long microBatch) {
        return forward(batch, DropoutSites.of(seed, microBatch));
    }

    private MlmLoss forward(MlmBatch batch, DropoutSites dropouts) {
        INDArray hidden = forwardEncoder(batch, dropouts);
        LossSum masked = model.head().loss(batch.labels(), forwardHead(hidden, batch));
        return loss(batch, masked, pairLoss(hidden, batch, 0));
    }

    /** {@link #forwardBackward(MlmBatch, long, long, double, double)} of a model without pairs. */
    public MlmLoss forwardBackward(MlmBatch batch, long seed, long microBatch, double gradientScale) {
        return forwardBackward(batch, seed, microBatch, gradientScale, 0);
    }

    /**
     * Losses with dropout; adds to the parameters' gradients {@code maskedScale} times the gradient of the masked
     * positions' sum and {@code pairScale} times that of the pairs' sum.
     *
     * @param seed of the run
     * @param microBatch a number that differs for every micro-batch of the run
     */
    public MlmLoss forwardBackward(MlmBatch batch, long seed, long microBatch, double maskedScale, double pairScale) {
        DropoutSites dropouts = DropoutSites.of(seed, microBatch);
        Activations a = plan.arrays();
        INDArray hidden = forwardEncoder(batch, dropouts);
        MlmHead.Activations head = forwardHead(hidden, batch);
        LossSum masked = model.head().lossWithGradient(batch.labels(), maskedScale, head);
        LossSum pairs = pairLoss(hidden, batch, pairScale);

        model.head().backward(batch.maskedPositions(), head, a.dHidden());
        pairsBackward(batch, a.dHidden());
        INDArray embedded = a.embeddings().y();
        model.encoder().backward(embedded, a.dHidden(), batch.documentOffsets(), dropouts, a.encoder());
        model.embeddings().backward(batch, a.dHidden(), embeddingsDropout(dropouts), a.embeddings());
        return loss(batch, masked, pairs);
    }

    /**
     * Scores {@code [masked, vocabulary]} of every word at every masked position, without dropout.
     *
     * @throws IllegalArgumentException where they are more than 2^24 scores, of more than one position
     */
    public INDArray logits(MlmBatch batch) {
        INDArray hidden = forwardEncoder(batch, DropoutSites.NONE);
        return model.head().logits(forwardHead(hidden, batch));
    }

    /**
     * Scores {@code [pairs, 2]} of each pair, without dropout: the first that its second text follows the first one, the
     * second that it does not.
     *
     * @throws IllegalArgumentException if the model has no head for pairs or the batch no pair
     */
    public INDArray nextSentenceLogits(MlmBatch batch) {
        NextSentenceHead head = model.nextSentenceHead();
        if (head == null || batch.pairs() == 0) {
            throw new IllegalArgumentException("Expected a model with a next-sentence head and a batch with pairs."
                    + " Received: " + (head == null ? "a model without" : "a batch without"));
        }
        INDArray hidden = forwardEncoder(batch, DropoutSites.NONE);
        NextSentenceHead.Activations a = pairs(batch);
        head.forward(hidden, batch.pairPositions(), a);
        return a.logits();
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

    private MlmHead.Activations forwardHead(INDArray hidden, MlmBatch batch) {
        MlmHead.Activations head = head(batch.masked());
        model.head().forward(hidden, batch.maskedPositions(), head);
        return head;
    }

    /** Of the batch's pairs, and its gradient in the place of their logits. */
    private LossSum pairLoss(INDArray hidden, MlmBatch batch, double gradientScale) {
        NextSentenceHead head = model.nextSentenceHead();
        if (head == null || batch.pairs() == 0) {
            return LossSum.ZERO;
        }
        NextSentenceHead.Activations a = pairs(batch);
        head.forward(hidden, batch.pairPositions(), a);
        return head.loss(batch.pairLabels(), gradientScale, a);
    }

    private void pairsBackward(MlmBatch batch, INDArray dHidden) {
        NextSentenceHead head = model.nextSentenceHead();
        if (head != null && batch.pairs() > 0) {
            head.backwardAdding(batch.pairPositions(), pairs(batch), dHidden);
        }
    }

    /** Views for the batch's pairs; made anew only where their number differs from the last batch's. */
    private NextSentenceHead.Activations pairs(MlmBatch batch) {
        if (lastPairs == null || lastPairs.pairs() != batch.pairs()) {
            lastPairs = Objects.requireNonNull(plan.arrays().pairs()).rows(batch.pairs());
        }
        return lastPairs;
    }

    /** Views for that many positions; made anew only where the number differs from the last batch's. */
    private MlmHead.Activations head(int masked) {
        if (masked < 1 || masked > maxMasked) {
            throw new IllegalArgumentException("Expected 1 to " + maxMasked + " masked positions. Received: " + masked);
        }
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
        // Kernels do not look whether a type lies in its table.
        if (batch.pairs() > 0 && model.config().typeVocabSize() < 2) {
            throw new IllegalArgumentException("Expected a model with two token types for a batch of pairs. Received: "
                    + model.config().typeVocabSize() + " (type_vocab_size)");
        }
        Activations a = plan.arrays();
        model.embeddings().forward(batch, embeddingsDropout(dropouts), a.embeddings());
        return model.encoder().forward(a.embeddings().y(), batch.documentOffsets(), dropouts, a.encoder());
    }

    private Dropout embeddingsDropout(DropoutSites dropouts) {
        return dropouts.at(EMBEDDINGS_SITE, model.config().hiddenDropoutProb());
    }

    private MlmLoss loss(MlmBatch batch, LossSum masked, LossSum pairs) {
        int scoredPairs = model.hasNextSentenceHead() ? batch.pairs() : 0;
        return new MlmLoss(
                masked.sum(),
                masked.correct(),
                batch.masked(),
                new NextSentenceLoss(pairs.sum(), pairs.correct(), scoredPairs));
    }
}
