package io.github.cloze4j.model;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Forward passes of a {@link Bert} for their outputs alone: without dropout, over batches of any shape, in the
 * memory of a single layer. Memory grows to what the largest batch took, and stays.
 *
 * <p>Threads take turns inside {@link io.github.cloze4j.kernel.Kernels#exclusively}, which must also cover the use of an
 * array that a call returned: the next call overwrites it. A thread that calls during the call of another waits.
 *
 * <p>A batch's row may be longer than the model's positions; its documents may not.
 */
public final class InferencePass implements AutoCloseable {
    /** 16 MiB in float. */
    private static final int MOST_SCORES = 1 << 22;

    private final Bert model;
    private final int mostScores;
    private Shape capacity = Shape.NONE;
    private Shape shape = Shape.NONE;
    private Arena.@Nullable Plan<Activations> plan;

    private record Activations(
            BertEmbeddings.Activations embeddings,
            BertEncoder.InferenceActivations encoder,
            Head.@Nullable Activations head) {}

    /** The smallest power of two that is at least a number. */
    static int powerOfTwo(int atLeast) {
        return atLeast <= 1 ? atLeast : Integer.highestOneBit(atLeast - 1) << 1;
    }

    /** The sizes that memory depends on: tokens, tokens of the longest document, and rows that a head scores. */
    private record Shape(
            int tokens, int longest, int scored, @Nullable Head head) {
        static final Shape NONE = new Shape(0, 0, 0, null);

        boolean holds(Shape other) {
            return tokens >= other.tokens
                    && longest >= other.longest
                    && scored >= other.scored
                    && (other.head == null || head == other.head);
        }

        /** A shape that holds both, with room, so that slowly growing batches do not take memory anew each time. */
        Shape grown(Shape other) {
            return new Shape(
                    powerOfTwo(Math.max(tokens, other.tokens)),
                    powerOfTwo(Math.max(longest, other.longest)),
                    powerOfTwo(Math.max(scored, other.scored)),
                    other.head == null ? head : other.head);
        }
    }

    InferencePass(Bert model) {
        this(model, MOST_SCORES);
    }

    /** @param mostScores the most scores that exist at a time; those of one position always do */
    InferencePass(Bert model, int mostScores) {
        this.model = model;
        this.mostScores = mostScores;
    }

    /**
     * The encoder's output {@code [tokens, hidden]}, valid until the next call.
     *
     * @throws IllegalArgumentException if a document is longer than the model's positions
     * @throws IllegalStateException if the model is closed
     */
    public INDArray hiddenStates(Batch batch) {
        return model.parameters().kernels().exclusively(() -> {
            Activations a = activations(shape(batch, 0, null));
            return model.encoder().infer(embedded(batch, a), batch.documents(), a.encoder());
        });
    }

    /**
     * The scores of a head's answers at some rows, some rows at a time.
     *
     * @param rows indices into the tokens of the batch, none twice, in the order in which the head reads them
     * @param head a head of the model of this pass
     * @throws IllegalArgumentException if a document is longer than the model's positions, a row is not in the batch, or the
     *     head belongs to another model
     * @throws IllegalStateException if the model is closed
     */
    public void scores(Batch batch, int[] rows, Head head, ScoreReader reader) {
        requireRows(rows, batch);
        model.requireOwn(head);
        model.parameters().kernels().exclusively(() -> {
            Activations a = activations(shape(batch, rows.length, head));
            if (a.head() != null) {
                INDArray hidden = model.encoder().infer(embedded(batch, a), rows, batch.documents(), a.encoder());
                a.head().rows(rows.length).scores(hidden, reader);
            }
            return this;
        });
    }

    /**
     * The encoder's output {@code [rows, hidden]} at some rows, valid until the next call.
     *
     * @param rows indices into the tokens of the batch, at least one, none twice
     * @param reader takes the queries, keys and values of each layer
     */
    INDArray hiddenStates(Batch batch, int[] rows, BertEncoder.LayerReader reader) {
        Activations a = activations(shape(batch, rows.length, null));
        return model.encoder().infer(embedded(batch, a), rows, batch.documents(), a.encoder(), reader);
    }

    /** Kernels would read and write beside their arrays. */
    private static void requireRows(int[] rows, Batch batch) {
        Targets.requireDifferent(rows);
        for (int row : rows) {
            if (row >= batch.tokens()) {
                throw new IllegalArgumentException("Expected rows in [0, " + batch.tokens() + "). Received: " + row);
            }
        }
    }

    /** The bytes of native memory that are kept. */
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

    private INDArray embedded(Batch batch, Activations a) {
        model.embeddings().forward(batch, Dropout.NONE, a.embeddings());
        return a.embeddings().y();
    }

    private Shape shape(Batch batch, int scored, @Nullable Head head) {
        int longest = batch.documents().longest();
        model.config().requireSeqLen(longest);
        return new Shape(batch.tokens(), longest, scored, scored == 0 ? null : head);
    }

    /** Views for a shape; made anew only if it differs from the last batch's. */
    private Activations activations(Shape wanted) {
        model.parameters().requireOpen();
        Arena.Plan<Activations> current = plan;
        if (current == null || !capacity.holds(wanted)) {
            Shape grown = capacity.grown(wanted);
            current = grow(current, grown);
            capacity = grown;
            shape = grown;
        }
        if (!shape.equals(wanted)) {
            current = current.arena().reuse(arena -> plan(arena, wanted));
            shape = wanted;
        }
        plan = current;
        return current.arrays();
    }

    /** Takes memory anew only if the shape needs more: a smaller head that takes turns with a larger one does not. */
    private Arena.Plan<Activations> grow(Arena.@Nullable Plan<Activations> current, Shape grown) {
        DataType type = model.parameters().type();
        long bytes = type.width() * Arena.measure(type, arena -> plan(arena, grown));
        if (current != null && bytes <= current.arena().bytes()) {
            return current.arena().reuse(arena -> plan(arena, grown));
        }
        free();
        return Arena.plan(type, arena -> plan(arena, grown));
    }

    private Activations plan(Arena arena, Shape of) {
        return new Activations(
                model.embeddings().plan(arena, of.tokens()),
                model.encoder().planInference(arena, of.tokens(), of.longest(), of.scored()),
                of.scored() == 0 || of.head() == null ? null : of.head().plan(arena, of.scored(), mostScores));
    }
}
