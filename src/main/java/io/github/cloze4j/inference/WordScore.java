package io.github.cloze4j.inference;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * How the probabilities of a word's pieces become those of the word. These are the aggregation strategies {@code first}, {@code
 * average} and {@code max} of the token-classification pipeline of {@code transformers}.
 */
public enum WordScore {
    /** The probabilities of the first piece, which alone is trained to carry the word's tag. */
    FIRST_PIECE {
        @Override
        double[] of(List<double[]> pieces) {
            return pieces.get(0);
        }
    },

    /** The mean of the probabilities of all pieces. */
    AVERAGE {
        @Override
        double[] of(List<double[]> pieces) {
            double[] mean = new double[pieces.get(0).length];
            for (double[] piece : pieces) {
                for (int i = 0; i < mean.length; i++) {
                    mean[i] += piece[i] / pieces.size();
                }
            }
            return mean;
        }
    },

    /** The probabilities of the piece that is most certain of its tag; of equals, the first. */
    MAXIMUM {
        @Override
        double[] of(List<double[]> pieces) {
            Comparator<double[]> byCertainty = Comparator.comparingDouble(
                    piece -> Arrays.stream(piece).max().orElse(0));
            double[] best = pieces.get(0);
            for (double[] piece : pieces) {
                best = byCertainty.compare(piece, best) > 0 ? piece : best;
            }
            return best;
        }
    };

    /** @param pieces probabilities {@code [labels]} of each piece of a word, at least one */
    abstract double[] of(List<double[]> pieces);
}
