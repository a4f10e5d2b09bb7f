package io.github.cloze4j.inference;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.model.BertForMaskedLm;
import io.github.cloze4j.model.MlmPass;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.Encoding;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Fills the {@code [MASK]}s of a text with the tokens that the model holds most probable, each mask by itself.
 *
 * <p>Used from one thread at a time, as is the model; nobody else may use the model's kernels meanwhile. Memory for a
 * text is kept for later texts of similar length, until {@link #close}.
 */
public final class FillMask implements AutoCloseable {
    private static final int SHORTEST_PASS = 16;

    private final BertForMaskedLm model;
    private final BertTokenizer tokenizer;
    private final int maxPositions;
    /** By length; lengths are powers of two up to the model's longest text, so there are few. */
    private final Map<Integer, MlmPass> passes = new HashMap<>();

    /**
     * Uses a model, which stays the caller's to close.
     *
     * @param tokenizer with a vocabulary of at most the model's size; what the model has beyond it is never predicted
     */
    public FillMask(BertForMaskedLm model, BertTokenizer tokenizer) {
        model.config().requireVocabulary(tokenizer.vocabulary().size());
        this.model = model;
        this.tokenizer = tokenizer;
        maxPositions = model.config().maxPositionEmbeddings();
    }

    /**
     * The most probable tokens for each mask, in the order of the text; the most probable first, of equals the lower id.
     *
     * @param text holds {@code [MASK]} at least once
     * @param topK tokens for each mask, at least 1; where the vocabulary has fewer, all of them
     * @throws IllegalArgumentException if the text has no mask or is too long for the model
     * @throws Cloze4jException if the model's scores are not finite
     */
    public List<List<Prediction>> fill(String text, int topK) {
        if (topK < 1) {
            throw new IllegalArgumentException("Expected topK of at least 1. Received: " + topK);
        }
        Encoding encoding = tokenizer.encode(text, new EncodeOptions(Integer.MAX_VALUE, true, true));
        int[] ids = encoding.ids();
        int maskId = tokenizer.vocabulary().maskId();
        int[] masks =
                IntStream.range(0, ids.length).filter(i -> ids[i] == maskId).toArray();
        if (masks.length == 0) {
            String mask = tokenizer.vocabulary().token(maskId);
            throw new IllegalArgumentException("Expected a text with " + mask + ". Received: one without. Write " + mask
                    + " where a word is missing");
        }
        if (ids.length > maxPositions) {
            throw new IllegalArgumentException("Expected a text of at most " + maxPositions
                    + " tokens, [CLS] and [SEP] included (max_position_embeddings). Received: " + ids.length
                    + ". Shorten the text");
        }
        int length = Math.min(maxPositions, Math.max(SHORTEST_PASS, powerOfTwo(ids.length)));
        double[][] scores = scores(batch(encoding, masks, length));
        return Arrays.stream(scores).map(row -> predictions(row, topK)).toList();
    }

    /** Frees what was kept for later texts, not the model. */
    @Override
    public void close() {
        passes.values().forEach(MlmPass::close);
        passes.clear();
    }

    /** The text, and behind it padding as a document of its own. */
    private MlmBatch batch(Encoding encoding, int[] masks, int length) {
        int real = encoding.ids().length;
        int[] ids = Arrays.copyOf(encoding.ids(), length);
        Arrays.fill(ids, real, length, tokenizer.vocabulary().padId());
        int[] positions =
                IntStream.range(0, length).map(i -> i < real ? i : i - real).toArray();
        int[] offsets = real == length ? new int[] {0, real} : new int[] {0, real, length};
        int[] noLabels = new int[masks.length];
        return new MlmBatch(
                1, length, ids, Arrays.copyOf(encoding.typeIds(), length), positions, offsets, masks, noLabels, real);
    }

    /** {@code [masks][vocabulary]}. */
    private double[][] scores(MlmBatch batch) {
        INDArray logits = pass(batch.seqLen(), batch.masked()).logits(batch);
        DataType type = model.parameters().type();
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(Math.multiplyExact(logits.length(), type.width())))
                .order(ByteOrder.nativeOrder());
        model.parameters().kernels().download(logits, bytes);
        double[][] scores = new double[batch.masked()][model.config().vocabSize()];
        for (double[] row : scores) {
            for (int word = 0; word < row.length; word++) {
                row[word] = type == DataType.FLOAT ? bytes.getFloat() : bytes.getDouble();
            }
        }
        return scores;
    }

    private MlmPass pass(int length, int masks) {
        MlmPass kept = passes.get(length);
        if (kept != null && kept.maxMasked() >= masks) {
            return kept;
        }
        if (kept != null) {
            passes.remove(length);
            kept.close();
        }
        MlmPass planned = model.plan(1, length, powerOfTwo(masks));
        passes.put(length, planned);
        return planned;
    }

    private List<Prediction> predictions(double[] scores, int topK) {
        double largest = Arrays.stream(scores).max().orElseThrow();
        double sum =
                Arrays.stream(scores).map(score -> Math.exp(score - largest)).sum();
        if (!Double.isFinite(sum)) {
            throw new Cloze4jException("Expected finite scores of the model. Received: " + largest
                    + " as the largest. Use a model whose training did not diverge");
        }
        return best(scores, topK)
                .map(id -> new Prediction(tokenizer.vocabulary().token(id), id, Math.exp(scores[id] - largest) / sum))
                .toList();
    }

    private Stream<Integer> best(double[] scores, int topK) {
        Comparator<Integer> bestFirst =
                Comparator.<Integer>comparingDouble(id -> -scores[id]).thenComparing(Comparator.naturalOrder());
        PriorityQueue<Integer> best = new PriorityQueue<>(bestFirst.reversed());
        for (int id = 0; id < tokenizer.vocabulary().size(); id++) {
            best.add(id);
            if (best.size() > topK) {
                best.remove();
            }
        }
        return best.stream().sorted(bestFirst);
    }

    private static int powerOfTwo(int atLeast) {
        return atLeast == 1 ? 1 : Integer.highestOneBit(atLeast - 1) << 1;
    }
}
