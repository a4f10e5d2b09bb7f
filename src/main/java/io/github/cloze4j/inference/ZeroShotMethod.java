package io.github.cloze4j.inference;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A way to choose among labels without training. */
interface ZeroShotMethod extends AutoCloseable {
    /** Classifies texts, in the order given. */
    List<ZeroShotClassifier.Answer> classify(List<String> texts);

    @Override
    void close();

    /**
     * The softmax of the scores of labels as an answer.
     *
     * @param scores {@code [labels]}
     */
    static ZeroShotClassifier.Answer answer(List<LabelWords> labels, double[] scores, boolean cut) {
        double[] probabilities = Probabilities.softmax(scores);
        List<LabelScore> answers = IntStream.range(0, scores.length)
                .mapToObj(label -> new LabelScore(labels.get(label).label(), label, probabilities[label]))
                .sorted(Comparator.comparingDouble(answer -> -answer.score()))
                .toList();
        return new ZeroShotClassifier.Answer(answers, cut);
    }
}
