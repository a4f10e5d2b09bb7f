package io.github.cloze4j.inference;

import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Chooses one of several continuations of a text, or answers to a question, with a model that is fine-tuned for it. The model reads
 * each choice as {@code [CLS] text [SEP] choice [SEP]}; the longer of the two is cut if both do not fit.
 *
 * <p>Thread-safe as {@link FillMask} is.
 */
public final class ChoiceAnswerer implements AutoCloseable {
    private static final TaskHead HEAD = new TaskHead(TaskKind.MULTIPLE_CHOICE, List.of());

    private final TextEncoder encoder;
    private final HeadScores scores;

    /**
     * A text with its choices.
     *
     * @param text the text before all choices, such as a question; may be empty
     * @param choices the choices, at least one
     */
    public record Query(String text, List<String> choices) {
        /** Copies the list; {@link IllegalArgumentException} if it is empty. */
        public Query {
            choices = List.copyOf(choices);
            if (choices.isEmpty()) {
                throw new IllegalArgumentException("Expected at least one choice. Received: none. Add the choices");
            }
        }
    }

    /**
     * The answer of a model to a text with choices.
     *
     * @param choices all choices with their numbers, counted from 0, the most probable first; the sum of the probabilities is 1
     * @param cut whether the text or a choice lost its end
     */
    public record Answer(List<LabelScore> choices, boolean cut) {
        /** Copies the list. */
        public Answer {
            choices = List.copyOf(choices);
        }
    }

    /**
     * Uses a model, which stays the caller's to close.
     *
     * @param model with {@link ClassifierHead#ofChoices} as its only head
     * @param maxTokens the most tokens of text and choice, {@code [CLS]} and {@code [SEP]} included
     * @throws IllegalArgumentException if the model has another head, or no room for so many tokens
     */
    public ChoiceAnswerer(Bert model, BertTokenizer tokenizer, int maxTokens) {
        model.config().requireSeqLen(maxTokens);
        encoder = new TextEncoder(tokenizer, TokenLimit.cut(maxTokens));
        scores = new HeadScores(model, tokenizer, HEAD, 1, "ChoiceAnswerer");
    }

    /** The answers for texts with choices, in the order given. */
    public List<Answer> choose(List<Query> queries) {
        List<TextEncoder.Windows> encoded = encode(queries);
        double[][] ofChoices = scores(queries, encoded);
        List<Answer> answers = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < ofChoices.length; i++) {
            int end = at + ofChoices[i].length;
            boolean cut = encoded.subList(at, end).stream().anyMatch(TextEncoder.Windows::cut);
            answers.add(new Answer(ranked(queries.get(i).choices(), ofChoices[i]), cut));
            at = end;
        }
        return answers;
    }

    /** The scores of the head before the softmax over the choices, {@code [texts][choices]}. */
    public double[][] scores(List<Query> queries) {
        return scores(queries, encode(queries));
    }

    private List<TextEncoder.Windows> encode(List<Query> queries) {
        return queries.stream()
                .flatMap(query ->
                        query.choices().stream().map(choice -> encoder.encode(new TextPair(query.text(), choice))))
                .toList();
    }

    private double[][] scores(List<Query> queries, List<TextEncoder.Windows> encoded) {
        List<Document> documents = IntStream.range(0, encoded.size())
                .mapToObj(i -> Document.scored(i, encoded.get(i).windows().get(0), 0))
                .toList();
        double[][][] ofDocuments = scores.of(documents);
        double[][] ofChoices = new double[queries.size()][];
        int at = 0;
        for (int i = 0; i < ofChoices.length; i++) {
            ofChoices[i] = new double[queries.get(i).choices().size()];
            for (int choice = 0; choice < ofChoices[i].length; choice++) {
                ofChoices[i][choice] = ofDocuments[at++][0][0];
            }
        }
        return ofChoices;
    }

    private static List<LabelScore> ranked(List<String> choices, double[] scores) {
        double[] probabilities = Probabilities.softmax(scores);
        return IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(choice -> -scores[choice]))
                .map(choice -> new LabelScore(choices.get(choice), choice, probabilities[choice]))
                .toList();
    }

    /** Frees the memory that is kept for later texts, not the model. Waits for the calls of other threads. */
    @Override
    public void close() {
        scores.close();
    }
}
