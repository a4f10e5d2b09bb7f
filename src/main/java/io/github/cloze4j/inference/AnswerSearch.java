package io.github.cloze4j.inference;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds the best answers to one question from the scores of its windows, as the post-processing of {@code run_qa.py} of {@code
 * transformers} does. A candidate begins at a token for which no other window has more context, so that no two windows give the same
 * candidate.
 */
final class AnswerSearch {
    private static final int FIRST = 0;
    private static final int LAST = 1;

    private final AnswerOptions options;
    private final List<Candidate> candidates = new ArrayList<>();
    private double nullScore = Double.POSITIVE_INFINITY;

    AnswerSearch(AnswerOptions options) {
        this.options = options;
    }

    /** Characters {@code [start, end)} of the context. */
    private record Candidate(int start, int end, double score) {}

    /**
     * Adds the candidates of a window.
     *
     * @param scores {@code [tokens][2]}: of each token to be the first and to be the last one of the answer
     */
    void add(QuestionEncoder.Window window, double[][] scores) {
        // [CLS] stands for no answer.
        nullScore = Math.min(nullScore, scores[0][FIRST] + scores[0][LAST]);
        int[] lasts = best(scores, LAST);
        for (int first : best(scores, FIRST)) {
            if (!window.hasMaximalContext(first)) {
                continue;
            }
            for (int last : lasts) {
                boolean inContext = last >= first && last < window.contextEnd();
                if (inContext && last - first < options.longestAnswer()) {
                    int start = window.tokens().starts()[first];
                    int end = window.tokens().ends()[last];
                    candidates.add(new Candidate(start, end, scores[first][FIRST] + scores[last][LAST]));
                }
            }
        }
    }

    /** The tokens with the highest scores, the best first; of equals the first. Tokens of the question count too. */
    private int[] best(double[][] scores, int column) {
        return IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(token -> -scores[token][column]))
                .limit(options.candidates())
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /**
     * The answers, after all windows.
     *
     * @param windows the windows of the question
     */
    QuestionAnswerer.Answer answer(String context, QuestionEncoder.Windows windows) {
        List<Candidate> best = candidates.stream()
                .sorted(Comparator.comparingDouble(candidate -> -candidate.score))
                .limit(kept())
                .toList();
        double[] scores = IntStream.rangeClosed(0, best.size())
                .mapToDouble(i -> i < best.size() ? best.get(i).score : noAnswer(best))
                .toArray();
        double[] probabilities = Probabilities.softmax(scores);
        List<QuestionAnswerer.Span> spans = IntStream.range(0, best.size())
                .mapToObj(i -> span(context, best.get(i), probabilities[i]))
                .toList();
        return new QuestionAnswerer.Answer(
                spans,
                options.unanswerable() && noAnswerScore() > options.threshold(),
                noAnswerScore(),
                probabilities[best.size()],
                windows.windows().size(),
                windows.questionCut());
    }

    /** No answer is one of the candidates; if it is worse than all that are kept, or the only one, it is kept beside them. */
    private long kept() {
        long better = candidates.stream()
                .filter(candidate -> candidate.score >= nullScore)
                .count();
        boolean takesAPlace = options.unanswerable() && better < options.candidates();
        return Math.max(1, options.candidates() - (takesAPlace ? 1 : 0));
    }

    /** The score of no answer in the softmax: it has no share if every question has an answer, and all of it without candidates. */
    private double noAnswer(List<Candidate> best) {
        return options.unanswerable() || best.isEmpty() ? nullScore : Double.NEGATIVE_INFINITY;
    }

    private double noAnswerScore() {
        return nullScore
                - candidates.stream()
                        .mapToDouble(candidate -> candidate.score)
                        .max()
                        .orElse(0);
    }

    private static QuestionAnswerer.Span span(String context, Candidate candidate, double probability) {
        return new QuestionAnswerer.Span(
                context.substring(candidate.start, candidate.end), candidate.start, candidate.end, probability);
    }
}
