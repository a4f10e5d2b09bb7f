package io.github.cloze4j.inference;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.Encoding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Fills the {@code [MASK]}s of texts with the tokens that the model holds most probable, each mask by itself.
 *
 * <p>Thread-safe: one object may serve all threads of a server, and several objects may share a model. Calls are answered
 * one after the other, each by one state of the weights, also while another thread trains the model; the kernels work in
 * parallel inside a call. An interrupt ends a call of many texts at its next batch, with a {@link Cloze4jException} and the
 * thread still interrupted. {@link #close}, of this or of the model, waits for calls that have begun; later calls throw an
 * {@link IllegalStateException}. Memory is kept for later texts until then.
 */
public final class FillMask implements AutoCloseable {
    private final PackedModel packed;
    private final int maskId;

    /**
     * Uses a model, which stays the caller's to close.
     *
     * @param tokenizer with a vocabulary of at most the model's size; what the model has beyond it is never predicted
     * @throws IllegalArgumentException if the vocabulary is larger, or the model has no masked-language-model head
     */
    public FillMask(Bert model, BertTokenizer tokenizer) {
        PackedModel.requireMaskedWords(model);
        packed = new PackedModel(model, tokenizer, "FillMask");
        maskId = tokenizer.vocabulary().maskId();
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
        return fill(List.of(text), topK).get(0);
    }

    /**
     * The same for many texts, which is faster than one at a time: for each text, in the order given, a list for each mask.
     *
     * @param texts each holds {@code [MASK]} at least once; none gives an empty list
     * @param topK tokens for each mask, at least 1; where the vocabulary has fewer, all of them
     * @throws TextRefusedException if a text has no mask or is too long for the model; no text is then asked about
     * @throws Cloze4jException if the model's scores are not finite
     */
    public List<List<List<Prediction>>> fill(List<String> texts, int topK) {
        if (topK < 1) {
            throw new IllegalArgumentException("Expected topK of at least 1. Received: " + topK);
        }
        List<Encoding> encodings = InputTexts.encodeAll(texts, this::encode);
        List<List<List<Prediction>>> answers = new ArrayList<>();
        texts.forEach(text -> answers.add(new ArrayList<>()));
        Stream<Document> documents =
                PackedModel.longestFirst(encodings).mapToObj(text -> document(text, encodings.get(text)));
        packed.answer(
                documents,
                batch -> packed.scores(batch, (first, logits) -> {
                    packed.rows().read(logits);
                    for (int row = 0; row < logits.size(0); row++) {
                        answers.get(batch.maskedTexts()[first + row])
                                .add(predictions(packed.rows().row(row), topK));
                    }
                }));
        return answers.stream().map(List::copyOf).toList();
    }

    /** Frees what was kept for later texts, not the model. Waits for the calls of other threads. */
    @Override
    public void close() {
        packed.close();
    }

    private Encoding encode(String text) {
        Encoding encoding = packed.encode(text);
        if (Arrays.stream(encoding.ids()).noneMatch(id -> id == maskId)) {
            String mask = packed.tokenizer().vocabulary().token(maskId);
            throw new IllegalArgumentException("Expected a text with " + mask + ". Received: one without, "
                    + InputTexts.quote(text) + ". Write " + mask + " where a word is missing");
        }
        return encoding;
    }

    private Document document(int text, Encoding encoding) {
        int[] ids = encoding.ids();
        int[] masks =
                IntStream.range(0, ids.length).filter(i -> ids[i] == maskId).toArray();
        return new Document(text, ids, masks, new int[masks.length]);
    }

    private List<Prediction> predictions(double[] scores, int topK) {
        double logSum = Probabilities.logSum(scores);
        return best(scores, topK)
                .map(id -> new Prediction(packed.tokenizer().vocabulary().token(id), id, Math.exp(scores[id] - logSum)))
                .toList();
    }

    private Stream<Integer> best(double[] scores, int topK) {
        Comparator<Integer> bestFirst =
                Comparator.<Integer>comparingDouble(id -> -scores[id]).thenComparing(Comparator.naturalOrder());
        PriorityQueue<Integer> best = new PriorityQueue<>(bestFirst.reversed());
        for (int id = 0; id < packed.tokenizer().vocabulary().size(); id++) {
            if (best.size() < topK) {
                best.add(id);
            } else if (scores[id] > scores[best.element()]) {
                best.remove();
                best.add(id);
            }
        }
        return best.stream().sorted(bestFirst);
    }
}
