package io.github.cloze4j.inference.generation;

import java.util.PriorityQueue;

/** Keeps the {@code k} tokens with the highest scores, and all that are equal to the last of them (Fan et al., 2018). */
record TopK(int k) implements LogitsProcessor {
    @Override
    public void process(TokenSequence sequence, double[] scores) {
        if (k >= scores.length) {
            return;
        }
        double lowestKept = lowestKept(scores);
        for (int id = 0; id < scores.length; id++) {
            if (scores[id] < lowestKept) {
                scores[id] = Double.NEGATIVE_INFINITY;
            }
        }
    }

    private double lowestKept(double[] scores) {
        PriorityQueue<Double> best = new PriorityQueue<>();
        double lowest = Double.NEGATIVE_INFINITY;
        for (double score : scores) {
            if (best.size() < k) {
                best.add(score);
                lowest = best.element();
            } else if (score > lowest) {
                best.remove();
                best.add(score);
                lowest = best.element();
            }
        }
        return lowest;
    }
}
