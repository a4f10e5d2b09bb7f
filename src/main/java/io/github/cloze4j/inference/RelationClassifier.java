package io.github.cloze4j.inference;

import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tells the relation between two marked spans of a text with a fine-tuned model, from the states of the markers before the spans or
 * from {@code [CLS]}, as the model was trained.
 *
 * <p>Thread-safe as {@link FillMask} is.
 */
public final class RelationClassifier implements AutoCloseable {
    private static final int MARKERS = 2;

    private final TaskHead head;
    private final RelationEncoder encoder;
    private final HeadScores scores;

    /**
     * What a model says of a pair of spans.
     *
     * @param answers all relations with probabilities that are one in sum, the most probable first; none if the spans and what is
     *     between them have more tokens than the model reads at a time
     * @param cut whether the text lost its beginning or its end
     */
    public record Answer(List<LabelScore> answers, boolean cut) {
        /** Copies the list. */
        public Answer {
            answers = List.copyOf(answers);
        }

        /** Whether the spans fit into a window, so that there are answers. */
        public boolean fits() {
            return !answers.isEmpty();
        }
    }

    /**
     * Uses a model, which stays the caller's to close.
     *
     * @param model with the head of a fine-tuned relation classifier
     * @param tokenizer with {@link RelationEncoder#MARKERS}
     * @param head its description, as {@code StoredModel} reads it
     * @param limit the most tokens of a text; an overlap does not matter
     * @throws IllegalArgumentException if the model is no relation classifier, has no room for so many tokens, or the vocabulary
     *     lacks the markers
     */
    public RelationClassifier(Bert model, BertTokenizer tokenizer, TaskHead head, TokenLimit limit) {
        if (head.kind() != TaskKind.RELATIONS && head.kind() != TaskKind.RELATIONS_BY_CLS) {
            throw new IllegalArgumentException("Expected a model for relations. Received: one for "
                    + head.kind().text() + ". Use the class for that task");
        }
        model.config().requireSeqLen(limit.maxTokens());
        this.head = head;
        encoder = new RelationEncoder(tokenizer, limit);
        scores = new HeadScores(model, tokenizer, head, readsMarkers() ? MARKERS : 1, "RelationClassifier");
    }

    private boolean readsMarkers() {
        return head.kind() == TaskKind.RELATIONS;
    }

    /**
     * The relations of texts, in the order given.
     *
     * @throws TextRefusedException if a marker is written in a text; no text is then asked about
     */
    public List<Answer> classify(List<MarkedText> texts) {
        List<Optional<RelationEncoder.Marked>> encoded = InputTexts.encodeAll(texts, encoder::encode);
        List<Document> documents = new ArrayList<>();
        encoded.stream().flatMap(Optional::stream).forEach(text -> documents.add(document(documents.size(), text)));
        double[][][] ofDocuments = scores.of(documents);
        List<Answer> answers = new ArrayList<>();
        int at = 0;
        for (Optional<RelationEncoder.Marked> text : encoded) {
            if (text.isEmpty()) {
                answers.add(new Answer(List.of(), false));
            } else {
                double[] probabilities = Probabilities.softmax(ofDocuments[at++][0]);
                answers.add(new Answer(
                        LabelScore.highestFirst(head.labels(), probabilities),
                        text.orElseThrow().cut()));
            }
        }
        return answers;
    }

    private Document document(int number, RelationEncoder.Marked text) {
        return readsMarkers()
                ? Document.scored(number, text.tokens(), text.first(), text.second())
                : Document.scored(number, text.tokens(), 0);
    }

    /** Frees what was kept for later texts, not the model. Waits for the calls of other threads. */
    @Override
    public void close() {
        scores.close();
    }
}
