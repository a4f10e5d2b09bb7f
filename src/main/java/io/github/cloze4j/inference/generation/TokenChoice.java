package io.github.cloze4j.inference.generation;

import io.github.cloze4j.inference.Probabilities;
import io.github.cloze4j.random.RandomStream;

/**
 * Chooses the next token: the one with the highest score, of equals the lowest id, or a random one.
 *
 * <p>A random draw is a function of the seed and of the numbers of prompt, text and token. So the same seed gives the same text,
 * whatever is generated beside it.
 *
 * @param doSample whether it is drawn
 * @param seed seed of the draws
 */
record TokenChoice(boolean doSample, long seed) {
    /** Tells these draws from others with the same seed. */
    private static final long PURPOSE = 0x67656e6572617465L;

    /**
     * The chosen token.
     *
     * @param scores {@code [vocabulary]} of which one is above negative infinity
     * @param prompt the number of the prompt
     * @param text the number of the text among those of the prompt
     * @param token the number of the token in the text
     */
    int choose(double[] scores, int prompt, int text, int token) {
        return doSample
                ? draw(scores, new RandomStream(seed, PURPOSE, prompt, ((long) text << 32) | token).nextDouble())
                : highest(scores);
    }

    private static int highest(double[] scores) {
        int best = 0;
        for (int id = 1; id < scores.length; id++) {
            if (scores[id] > scores[best]) {
                best = id;
            }
        }
        return best;
    }

    private static int draw(double[] scores, double uniform) {
        double logSum = Probabilities.logSum(scores);
        double sum = 0;
        int last = -1;
        for (int id = 0; id < scores.length; id++) {
            if (scores[id] > Double.NEGATIVE_INFINITY) {
                sum += Math.exp(scores[id] - logSum);
                last = id;
                if (sum > uniform) {
                    break;
                }
            }
        }
        // Rounding may leave the sum of all below a number just below 1.
        return last;
    }
}
