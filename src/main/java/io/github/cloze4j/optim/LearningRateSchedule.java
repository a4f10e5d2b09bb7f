package io.github.cloze4j.optim;

/**
 * The learning rate as a function of how much of the run is over. In steps: step {@code k} of {@code n}, counted from 1,
 * has progress {@code (k - 1) / n}, which is how Hugging Face's schedulers and Google's code count; so the first step of a warm-up moves
 * nothing.
 *
 * @param kind shape after the warm-up
 * @param peak the highest rate, above 0
 * @param warmup share of the run in which the rate climbs from 0 to the peak, in [0, 1]
 */
public record LearningRateSchedule(ScheduleKind kind, double peak, double warmup) {
    /** Share of the run over which {@link ScheduleKind#WARMUP_STABLE_DECAY} decays, if the warm-up leaves as much. */
    private static final double DECAY = 0.2;

    /** Checks the ranges. */
    public LearningRateSchedule {
        if (!(peak > 0) || Double.isInfinite(peak)) {
            throw new IllegalArgumentException("Expected a learning rate above 0. Received: " + peak);
        }
        if (!(warmup >= 0 && warmup <= 1)) {
            throw new IllegalArgumentException("Expected a warm-up share in [0, 1]. Received: " + warmup);
        }
    }

    /**
     * The rate at one moment.
     *
     * @param progress share of the run that is over, at least 0; beyond 1 it counts as 1
     */
    public double at(double progress) {
        if (!(progress >= 0)) {
            throw new IllegalArgumentException("Expected progress of at least 0. Received: " + progress);
        }
        if (progress < warmup) {
            return peak * progress / warmup;
        }
        double remaining = Math.max(0, 1 - progress);
        return peak
                * switch (kind) {
                    case LINEAR -> shareOf(remaining, 1 - warmup);
                    case LINEAR_GOOGLE -> remaining;
                    case COSINE -> 0.5 * (1 - Math.cos(Math.PI * shareOf(remaining, 1 - warmup)));
                    case WARMUP_STABLE_DECAY -> Math.min(1, shareOf(remaining, Math.min(DECAY, 1 - warmup)));
                    case CONSTANT -> 1;
                };
    }

    /** A warm-up that fills the whole run ends at its peak. */
    private static double shareOf(double remaining, double whole) {
        return whole == 0 ? 1 : remaining / whole;
    }
}
