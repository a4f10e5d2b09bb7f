package io.github.cloze4j.finetune.metrics;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Exact match and F1 of answers to questions, as the official scripts compute them. Scores are in [0, 1]; the scripts print percentages.
 * Immutable.
 *
 * <p>A threshold withholds the predictions whose {@link AnsweredQuestion#noAnswerScore} is above it: the model then gives no answer.
 * {@link #EVERY_ANSWER} withholds none.
 */
public final class AnswerScores {
    /** The threshold at which every prediction is given. */
    public static final double EVERY_ANSWER = Double.POSITIVE_INFINITY;

    private final List<AnsweredQuestion> questions;
    private final double[] exact;
    private final double[] f1;

    private AnswerScores(List<AnsweredQuestion> questions, double[] exact, double[] f1) {
        this.questions = questions;
        this.exact = exact;
        this.f1 = f1;
    }

    /**
     * Compares each prediction with its gold answers.
     *
     * @throws IllegalArgumentException if there are no questions, or one has no gold answer and the rules demand one
     */
    public static AnswerScores of(List<AnsweredQuestion> questions, AnswerRules rules) {
        MetricInput.atLeastOneRow(questions.size());
        return new AnswerScores(
                List.copyOf(questions),
                questions.stream()
                        .mapToDouble(question -> rules.exact(question.gold(), question.prediction()) ? 1 : 0)
                        .toArray(),
                questions.stream()
                        .mapToDouble(question -> rules.f1(question.gold(), question.prediction()))
                        .toArray());
    }

    /**
     * Scores of some of the questions, for {@link Bootstrap}. No text is compared again.
     *
     * @param rows the indices of the questions, in any order and with repetitions, at least one
     */
    public AnswerScores pick(int[] rows) {
        MetricInput.atLeastOneRow(rows.length);
        List<AnsweredQuestion> picked =
                IntStream.of(rows).mapToObj(questions::get).toList();
        return new AnswerScores(picked, Rows.pick(exact, rows), Rows.pick(f1, rows));
    }

    /** The question with its answers of a row. */
    public AnsweredQuestion question(int row) {
        return questions.get(row);
    }

    /** The number of questions. */
    public int count() {
        return questions.size();
    }

    /**
     * Mean scores of a set of questions.
     *
     * @param exact the share of exact matches; NaN if there are no questions
     * @param f1 the mean F1; NaN if there are no questions
     * @param questions the number of questions
     */
    public record Mean(double exact, double f1, int questions) {}

    /**
     * The threshold with the highest mean.
     *
     * @param score the mean at this threshold, in [0, 1]
     * @param threshold the largest {@code noAnswerScore} at which the answer is given
     */
    public record Best(double score, double threshold) {}

    /** Means over all questions, under a threshold: {@code exact} and {@code f1} of the scripts. */
    public Mean all(double threshold) {
        return mean(threshold, IntStream.range(0, exact.length));
    }

    /** Means over the questions that have an answer, under a threshold: {@code HasAns_exact} and {@code HasAns_f1}. */
    public Mean withAnswer(double threshold) {
        return mean(threshold, where(true));
    }

    /** Means over the questions that have no answer, under a threshold: {@code NoAns_exact} and {@code NoAns_f1}. */
    public Mean withoutAnswer(double threshold) {
        return mean(threshold, where(false));
    }

    /** The threshold with the most exact matches: {@code best_exact} and {@code best_exact_thresh} of SQuAD v2. See {@link #bestF1}. */
    public Best bestExact() {
        return best(exact);
    }

    /**
     * The threshold with the highest mean F1: {@code best_f1} and {@code best_f1_thresh} of SQuAD v2. Candidates are the scores of the
     * questions, and a threshold below all of them. The lowest of equally good ones wins.
     *
     * <p>The result differs from the script in two cases. Questions with equal scores are answered together, because no threshold
     * separates them; the script counts some of them in the order of the file, and may report a mean that no threshold reaches. If it
     * is best to answer nothing, the script always says 0; here the threshold is below every score, also if scores are negative.
     */
    public Best bestF1() {
        return best(f1);
    }

    private IntStream where(boolean hasAnswer) {
        return IntStream.range(0, exact.length).filter(row -> questions.get(row).hasAnswer() == hasAnswer);
    }

    private Mean mean(double threshold, IntStream rows) {
        double exactSum = 0;
        double f1Sum = 0;
        int count = 0;
        for (int row : rows.toArray()) {
            boolean withheld = questions.get(row).noAnswerScore() > threshold;
            double silence = questions.get(row).hasAnswer() ? 0 : 1;
            exactSum += withheld ? silence : exact[row];
            f1Sum += withheld ? silence : f1[row];
            count++;
        }
        return new Mean(exactSum / count, f1Sum / count, count);
    }

    private Best best(double[] scores) {
        int[] order = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(this::noAnswerScore))
                .mapToInt(Integer::intValue)
                .toArray();
        double sum = where(false).count();
        double best = sum;
        double threshold = Math.min(0, Math.nextDown(noAnswerScore(order[0])));
        for (int i = 0; i < order.length; i++) {
            sum += gain(order[i], scores);
            boolean tied = i + 1 < order.length && noAnswerScore(order[i + 1]) == noAnswerScore(order[i]);
            if (!tied && sum > best) {
                best = sum;
                threshold = noAnswerScore(order[i]);
            }
        }
        return new Best(best / scores.length, threshold);
    }

    private double noAnswerScore(int row) {
        return questions.get(row).noAnswerScore();
    }

    /** The change of the sum when the answer of a question is given instead of withheld. */
    private double gain(int row, double[] scores) {
        if (questions.get(row).hasAnswer()) {
            return scores[row];
        }
        // The script looks at the text before normalisation here, so that "the" is a wrong answer.
        return questions.get(row).prediction().isEmpty() ? 0 : -1;
    }
}
