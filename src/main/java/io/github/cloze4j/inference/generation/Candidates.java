package io.github.cloze4j.inference.generation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The best continuations of the beams of a prompt by one token: as many as are asked for, the best first. */
final class Candidates {
    /**
     * A beam and a next token.
     *
     * @param beam the number of the beam, from 0
     * @param id the token
     * @param score the sum of the log-probabilities, as the processors have changed them
     * @param logProbability the sum of the log-probabilities that the model gives
     */
    record Candidate(int beam, int id, double score, double logProbability) {}

    private static final Comparator<Candidate> BEST_FIRST = Comparator.comparingDouble((Candidate one) -> -one.score())
            .thenComparingInt(Candidate::beam)
            .thenComparingInt(Candidate::id);

    private final int most;
    private final PriorityQueue<Candidate> worstFirst = new PriorityQueue<>(BEST_FIRST.reversed());
    /** Only higher scores are among the best; of equals the first one is kept. */
    private double threshold = Double.NEGATIVE_INFINITY;

    Candidates(int most) {
        this.most = most;
    }

    /**
     * Adds all continuations of a beam; beams come in their order.
     *
     * @param hypothesis the beam
     * @param changed {@code [vocabulary]} log-probabilities as the processors have changed them
     * @param logProbabilities {@code [vocabulary]} log-probabilities of the model
     */
    void add(int beam, Hypothesis hypothesis, double[] changed, double[] logProbabilities) {
        for (int id = 0; id < changed.length; id++) {
            double score = hypothesis.score() + changed[id];
            if (score > threshold) {
                worstFirst.add(new Candidate(beam, id, score, hypothesis.logProbability() + logProbabilities[id]));
                if (worstFirst.size() > most) {
                    worstFirst.remove();
                }
                if (worstFirst.size() == most) {
                    threshold = worstFirst.element().score();
                }
            }
        }
    }

    List<Candidate> bestFirst() {
        List<Candidate> candidates = new ArrayList<>(worstFirst);
        candidates.sort(BEST_FIRST);
        return candidates;
    }
}
