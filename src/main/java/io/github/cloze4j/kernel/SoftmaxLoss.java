package io.github.cloze4j.kernel;

/** Softmax of one row of scores, its {@link ClassLoss} and the gradient, in double precision. */
final class SoftmaxLoss {
    private SoftmaxLoss() {}

    /**
     * Replaces the scores by the gradient of the loss: {@code slope · (Σ t · p[c] − t[c])}, where {@code t} are the weighted and
     * smoothed targets. {@code slope} is 1 without focus.
     */
    static LossSum apply(double[] scores, int label, ClassLoss loss) {
        boolean correct = isFirstOfHighest(scores, label);
        double max = Double.NEGATIVE_INFINITY;
        for (double score : scores) {
            max = Math.max(max, score);
        }
        double others = 0;
        for (int c = 0; c < scores.length; c++) {
            others += c == label ? 0 : Math.exp(scores[c] - max);
        }
        double total = others + Math.exp(scores[label] - max);
        double logTotal = Math.log(total);
        double sum = 0;
        double targets = 0;
        for (int c = 0; c < scores.length; c++) {
            double target = target(c, label, scores.length, loss);
            targets += target;
            // A class that is impossible and not asked for costs nothing: 0 · ∞ is no number.
            sum -= target == 0 ? 0 : target * (scores[c] - max - logTotal);
        }
        double slope = 1;
        if (loss.focalGamma() > 0) {
            double logP = scores[label] - max - logTotal;
            double missing = others / total;
            slope = focalSlope(missing, logP, loss.focalGamma());
            sum *= Math.pow(missing, loss.focalGamma());
        }
        for (int c = 0; c < scores.length; c++) {
            double probability = Math.exp(scores[c] - max) / total;
            scores[c] = slope * (targets * probability - target(c, label, scores.length, loss));
        }
        return new LossSum(sum, correct ? 1 : 0);
    }

    private static double target(int c, int label, int classes, ClassLoss loss) {
        double share = loss.labelSmoothing() / classes + (c == label ? 1 - loss.labelSmoothing() : 0);
        return share == 0 ? 0 : share * loss.weight(c);
    }

    /** {@code d((1 − p)^γ · ln p) / d(ln p)}. */
    private static double focalSlope(double missing, double logP, double gamma) {
        return missing == 0
                ? 0
                : Math.pow(missing, gamma) - gamma * Math.exp(logP) * logP * Math.pow(missing, gamma - 1);
    }

    private static boolean isFirstOfHighest(double[] scores, int label) {
        // Written so that a score that is not a number is no worse than the label's.
        for (int c = 0; c < scores.length; c++) {
            if (c < label ? !(scores[c] < scores[label]) : c > label && !(scores[c] <= scores[label])) {
                return false;
            }
        }
        return true;
    }
}
