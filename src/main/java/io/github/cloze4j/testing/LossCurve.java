package io.github.cloze4j.testing;

import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingListener;
import java.util.ArrayList;
import java.util.List;

/** Listens to a run and asserts what its losses are like. For one run, and the thread of that run. */
public final class LossCurve implements TrainingListener {
    private static final int ENDS = 10;

    private final List<Double> losses = new ArrayList<>();

    @Override
    public void onStep(StepReport report) {
        losses.add(report.loss());
    }

    /** The loss of each step, in nats. */
    public List<Double> losses() {
        return List.copyOf(losses);
    }

    /**
     * Demands that the mean of the last tenth of the steps is at most a share of the mean of the first tenth.
     *
     * @param share such as 0.5
     * @throws AssertionError if it is more, not a number, or there was no step
     */
    public void assertFallsTo(double share) {
        int ends = (losses.size() + ENDS - 1) / ENDS;
        double first = mean(losses.subList(0, ends));
        double last = mean(losses.subList(losses.size() - ends, losses.size()));
        // Not "last > …": NaN has to fail.
        if (!(last <= share * first)) {
            throw new AssertionError("Expected the loss to fall from " + first + " to at most " + share * first
                    + ". Received: " + last + " after " + losses.size() + " steps");
        }
    }

    /**
     * Demands the losses of another run, to the last bit.
     *
     * @throws AssertionError that names the first step which differs
     */
    public void assertSameAs(LossCurve expected) {
        int common = Math.min(losses.size(), expected.losses.size());
        for (int i = 0; i < common; i++) {
            if (!losses.get(i).equals(expected.losses.get(i))) {
                throw new AssertionError("Expected the loss " + expected.losses.get(i) + " in step " + (i + 1)
                        + " of the run. Received: " + losses.get(i));
            }
        }
        if (losses.size() != expected.losses.size()) {
            throw new AssertionError("Expected " + expected.losses.size() + " steps. Received: " + losses.size());
        }
    }

    private static double mean(List<Double> part) {
        return part.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }
}
