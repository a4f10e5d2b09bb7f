package io.github.cloze4j.train;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * The budget and the learning-rate schedule of a run that is resumed, compared with those that it was on. Both may change:
 * as in the references, the schedule then counts from the share of the new budget that is used.
 */
final class BudgetOnResume {
    /** Share of the former rate from which on a change is said: far more than one step of a long run changes it by. */
    private static final double NOTABLE = 0.01;

    private BudgetOnResume() {}

    /**
     * Refuses a budget that is used up already.
     *
     * @param epochs how often the run has read the data
     * @throws IllegalArgumentException if a new budget ends before the run's last step
     */
    static void require(TrainingState state, double epochs, TrainingConfig config) {
        Long steps = config.steps();
        if (steps != null && steps < state.step) {
            throw refused(state.step + " steps", steps + " steps");
        }
        // The same budget of epochs or time is that of a run which is complete but for its evaluation.
        boolean changed = !state.schedule.isEmpty() && !state.schedule.equals(new Budget(config).describe());
        Double most = config.epochs();
        if (most != null && changed && most < epochs) {
            throw refused(String.format(Locale.ROOT, "%.2f epochs", epochs), most + " epochs");
        }
        Duration limit = config.timeLimit();
        if (limit != null && changed && Budget.seconds(limit) < state.seconds) {
            throw refused(String.format(Locale.ROOT, "%.1f s of training time", state.seconds), limit.toString());
        }
    }

    private static IllegalArgumentException refused(String done, String received) {
        return new IllegalArgumentException("Expected a budget of at least " + done + ", which the run has used."
                + " Received: " + received + ". Resume with a larger budget");
    }

    /**
     * Says that the learning rate jumps; empty if it does not.
     *
     * @param next the rate of the next step
     */
    static Optional<String> jump(TrainingState state, TrainingConfig config, double next) {
        String schedule = new Budget(config).describe();
        boolean changed = !state.schedule.isEmpty() && !state.schedule.equals(schedule);
        if (!changed || Math.abs(next - state.learningRate) <= NOTABLE * Math.max(next, state.learningRate)) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                Locale.ROOT,
                "The learning rate goes from %.3g at step %d to %.3g at the next: the schedule was %s, and is now %s",
                state.learningRate,
                state.step,
                next,
                state.schedule,
                schedule));
    }
}
