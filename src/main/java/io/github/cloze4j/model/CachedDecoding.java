package io.github.cloze4j.model;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.CachedAttention;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A {@link Decoding} that keeps the keys and values of all tokens. All prompts are computed in one pass; after it each step
 * computes the new token of each text alone, so that the time for a token grows with the length only by what its attention
 * reads.
 */
final class CachedDecoding implements Decoding {
    private final Bert model;
    private final Head head;
    private final Kernels kernels;
    private final CachedAttention attention;
    private final GrowingTexts texts;
    private final KeyValueMemory kept;
    private final InferencePass prompts;
    private final RowMemory<Step> steps;
    private final RowMemory<Scoring> scorings;

    /** The last encoder output that was computed, {@code [rows, hidden]}, and the row of each text in it. */
    private @Nullable INDArray hidden;

    private int[] rows = new int[0];

    /** The memory of a step, a row for each text. */
    private record Step(BertEmbeddings.Activations embeddings, BertEncoder.InferenceActivations encoder) {}

    /** The memory of the head, a row for each text. */
    private record Scoring(
            INDArray hidden, // [texts, hidden]
            Head.Activations head) {}

    /** @param head a head of the model */
    CachedDecoding(Bert model, Head head, CachedAttention attention) {
        this.model = model;
        this.head = head;
        this.attention = attention;
        kernels = model.parameters().kernels();
        DataType type = model.parameters().type();
        texts = new GrowingTexts(model.config());
        kept = new KeyValueMemory(kernels, attention, model.config());
        prompts = model.inferencePass();
        steps = new RowMemory<>(type, this::planStep);
        scorings = new RowMemory<>(type, this::planScoring);
    }

    private Step planStep(Arena arena, int count) {
        // The attention keeps its probabilities nowhere: those of documents of one token are the least that can be
        // planned.
        return new Step(model.embeddings().plan(arena, count), model.encoder().planInference(arena, count, 1, 0));
    }

    private Scoring planScoring(Arena arena, int count) {
        return new Scoring(arena.take(count, model.config().hiddenSize()), head.plan(arena, count, Integer.MAX_VALUE));
    }

    @Override
    public void begin(List<Prompt> of) {
        texts.begin(of);
        compute(() -> {
            kept.begin(texts);
            Batch batch = texts.batch();
            int[] slots = kept.slots();
            hidden = prompts.hiddenStates(
                    batch,
                    texts.lastRows(),
                    (layer, qkv) -> attention.keep(qkv, batch.documents(), slots, kept.layer(layer)));
            rows = IntStream.range(0, slots.length).toArray();
        });
    }

    @Override
    public void append(int... ids) {
        texts.requireNext(ids);
        compute(() -> {
            kept.reserve(texts.longest() + 1);
            texts.append(ids);
            Batch batch = texts.lastTokens();
            int[] slots = kept.slots();
            // A token's position is the number of tokens before it.
            int[] lengths = batch.positionIds();
            Step step = steps.rows(slots.length);
            model.embeddings().forward(batch, Dropout.NONE, step.embeddings());
            hidden = model.encoder()
                    .infer(
                            step.embeddings().y(),
                            (layer, qkv, context) -> attention.attend(qkv, slots, lengths, kept.layer(layer), context),
                            step.encoder());
            rows = IntStream.range(0, slots.length).toArray();
        });
    }

    @Override
    public void select(int... numbers) {
        texts.select(numbers);
        compute(() -> {
            kept.select(numbers, texts.all());
            int[] before = rows;
            rows = Arrays.stream(numbers).map(number -> before[number]).toArray();
        });
    }

    /** Texts of a computation that fails are lost: some of their layers may be computed and others not. */
    private void compute(Runnable work) {
        try {
            kernels.exclusively(() -> {
                model.parameters().requireOpen();
                work.run();
                return this;
            });
        } catch (RuntimeException | Error failure) {
            texts.forget();
            throw failure;
        }
    }

    @Override
    public INDArray scores() {
        texts.requireBegun();
        return kernels.exclusively(() -> {
            model.parameters().requireOpen();
            Scoring scoring = scorings.rows(rows.length);
            kernels.gatherRows(Objects.requireNonNull(hidden, "texts have begun"), rows, scoring.hidden());
            INDArray[] read = new INDArray[1];
            scoring.head().rows(rows.length).scores(scoring.hidden(), (first, all) -> read[0] = all);
            return read[0];
        });
    }

    @Override
    public void close() {
        kernels.exclusively(() -> {
            texts.close();
            kept.close();
            prompts.close();
            steps.close();
            scorings.close();
            return this;
        });
    }
}
