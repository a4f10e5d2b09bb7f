package io.github.cloze4j.model;

import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.model.MlmHead.Chunk;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Forward passes of a {@link BertForMaskedLm} for their outputs alone: without dropout, over batches of any shape, in the
 * memory of a single layer. Memory grows to what the largest batch took, and stays.
 *
 * <p>Threads take turns inside {@link io.github.cloze4j.kernel.Kernels#exclusively}, which must also cover the use of an
 * array that a call returned: the next call overwrites it. A thread that calls during the call of another waits.
 *
 * <p>A batch's row may be longer than the model's positions; its documents may not.
 */
public final class InferencePass implements AutoCloseable {
    /** 16 MiB in float. */
    private static final int MOST_LOGITS = 1 << 22;

    private final BertForMaskedLm model;
    private final int mostLogits;
    private Shape capacity = Shape.NONE;
    private Shape shape = Shape.NONE;
    private Arena.@Nullable Plan<Activations> plan;

    private record Activations(
            BertEmbeddings.Activations embeddings,
            BertEncoder.InferenceActivations encoder,
            MlmHead.@Nullable Activations head) {}

    /** What memory depends on: tokens, those of the longest document, and masked positions. */
    private record Shape(int tokens, int longest, int masked) {
        static final Shape NONE = new Shape(0, 0, 0);

        boolean holds(Shape other) {
            return tokens >= other.tokens && longest >= other.longest && masked >= other.masked;
        }

        /** What holds both, with room so that slowly growing batches do not take memory anew each time. */
        Shape grown(Shape other) {
            return new Shape(
                    powerOfTwo(Math.max(tokens, other.tokens)),
                    powerOfTwo(Math.max(longest, other.longest)),
                    powerOfTwo(Math.max(masked, other.masked)));
        }

        private static int powerOfTwo(int atLeast) {
            return atLeast <= 1 ? atLeast : Integer.highestOneBit(atLeast - 1) << 1;
        }
    }

    /** Takes scores while they exist. */
    @FunctionalInterface
    public interface ScoreReader {
        /**
         * Scores of some of the masked positions, in their order.
         *
         * @param first index into the batch's {@code maskedPositions}
         * @param logits {@code [positions, vocabulary]} of {@code first} and those behind it; the reader's to overwrite, until
         *     it returns
         */
        void read(int first, INDArray logits);
    }

    InferencePass(BertForMaskedLm model) {
        this(model, MOST_LOGITS);
    }

    /** @param mostLogits that exist at a time; those of one position always do */
    InferencePass(BertForMaskedLm model, int mostLogits) {
        this.model = model;
        this.mostLogits = mostLogits;
    }

    /**
     * The encoder's output {@code [tokens, hidden]}, valid until the next call.
     *
     * @throws IllegalArgumentException if a document is longer than the model's positions
     * @throws IllegalStateException if the model is closed
     */
    public INDArray hiddenStates(MlmBatch batch) {
        return model.parameters().kernels().exclusively(() -> {
            Activations a = activations(shape(batch, 0));
            return model.encoder()
                    .infer(embedded(batch, a), Documents.bidirectional(batch.documentOffsets()), a.encoder());
        });
    }

    /**
     * Scores of every word at every masked position, some positions at a time.
     *
     * @throws IllegalArgumentException if a document is longer than the model's positions
     * @throws IllegalStateException if the model is closed
     */
    public void logits(MlmBatch batch, ScoreReader reader) {
        model.parameters().kernels().exclusively(() -> {
            readLogits(batch, reader);
            return this;
        });
    }

    private void readLogits(MlmBatch batch, ScoreReader reader) {
        Activations a = activations(shape(batch, batch.masked()));
        if (a.head() == null) {
            return;
        }
        INDArray hidden = model.encoder()
                .infer(
                        embedded(batch, a),
                        batch.maskedPositions(),
                        Documents.bidirectional(batch.documentOffsets()),
                        a.encoder());
        MlmHead.Activations head = a.head().rows(batch.masked());
        model.head().forward(hidden, head);
        for (Chunk chunk : head.chunks()) {
            reader.read(chunk.first(), model.head().logits(chunk));
        }
    }

    /** What is kept of native memory. */
    public long bytes() {
        return plan == null ? 0 : plan.arena().bytes();
    }

    /** Frees what is kept, after the call of another thread has ended; a later call takes memory anew. */
    @Override
    public void close() {
        model.parameters().kernels().exclusively(() -> {
            free();
            return this;
        });
    }

    private void free() {
        if (plan != null) {
            plan.arena().close();
        }
        plan = null;
        capacity = Shape.NONE;
    }

    private INDArray embedded(MlmBatch batch, Activations a) {
        model.embeddings().forward(batch, Dropout.NONE, a.embeddings());
        return a.embeddings().y();
    }

    private Shape shape(MlmBatch batch, int masked) {
        int longest = Documents.bidirectional(batch.documentOffsets()).longest();
        model.config().requireSeqLen(longest);
        return new Shape(batch.tokens(), longest, masked);
    }

    /** Views for that shape; made anew only where it differs from the last batch's. */
    private Activations activations(Shape wanted) {
        model.parameters().requireOpen();
        if (plan == null || !capacity.holds(wanted)) {
            Shape grown = capacity.grown(wanted);
            free();
            plan = Arena.plan(model.parameters().type(), arena -> plan(arena, grown));
            capacity = grown;
            shape = grown;
        }
        if (!shape.equals(wanted)) {
            plan = plan.arena().reuse(arena -> plan(arena, wanted));
            shape = wanted;
        }
        return plan.arrays();
    }

    private Activations plan(Arena arena, Shape of) {
        return new Activations(
                model.embeddings().plan(arena, of.tokens()),
                model.encoder().planInference(arena, of.tokens(), of.longest(), of.masked()),
                of.masked() == 0 ? null : model.head().plan(arena, of.masked(), mostLogits));
    }
}
