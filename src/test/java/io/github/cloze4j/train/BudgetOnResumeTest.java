package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.optim.ScheduleKind;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BudgetOnResumeTest {
    private static TrainingState after(TrainingConfig config, long steps) {
        TrainingState state = new TrainingState();
        state.step = steps;
        state.seconds = steps;
        state.schedule = new Budget(config).describe();
        Long all = config.steps();
        state.learningRate = config.learningRateSchedule().at(all == null ? 0.5 : (steps - 1.0) / all);
        return TrainingState.fromMap(state.toMap());
    }

    private static Optional<String> jump(TrainingState state, TrainingConfig config) {
        double progress = (double) state.step / java.util.Objects.requireNonNull(config.steps());
        return BudgetOnResume.jump(state, config, config.learningRateSchedule().at(progress));
    }

    @Test
    void moreStepsRaiseTheRateAndAreSaid() {
        TrainingConfig config = TrainingConfig.builder().steps(1000).build();
        TrainingState state = after(config, 900);

        assertEquals(Optional.empty(), jump(state, config));
        String said = jump(state, TrainingConfig.builder().steps(2000).build()).orElseThrow();

        assertEquals(
                "The learning rate goes from 0.000107 at step 900 to 0.000585 at the next: the schedule was linear over"
                        + " 1000 steps, peak 0.001, warm-up 0.06, and is now linear over 2000 steps, peak 0.001, warm-up"
                        + " 0.06",
                said);
        assertTrue(jump(
                        state,
                        TrainingConfig.builder().steps(1000).learningRate(2e-3).build())
                .isPresent());
    }

    @Test
    void aRateThatTheBudgetDoesNotChangeIsNotSaid() {
        TrainingConfig.Builder constant =
                TrainingConfig.builder().schedule(ScheduleKind.CONSTANT).warmup(0);
        assertEquals(
                Optional.empty(),
                jump(after(constant.steps(10).build(), 5), constant.steps(20).build()));
    }

    @Test
    void aBudgetBelowWhatIsDoneIsRefused() {
        TrainingConfig config = TrainingConfig.builder().steps(10).build();
        TrainingState state = after(config, 10);
        BudgetOnResume.require(state, 0, config);
        assertThrows(
                IllegalArgumentException.class,
                () -> BudgetOnResume.require(
                        state, 0, TrainingConfig.builder().steps(9).build()));
        TrainingConfig limited =
                TrainingConfig.builder().timeLimit(Duration.ofSeconds(8)).build();
        assertThrows(IllegalArgumentException.class, () -> BudgetOnResume.require(state, 0, limited));
        // A limit that has no number of milliseconds.
        BudgetOnResume.require(
                state,
                0,
                TrainingConfig.builder()
                        .timeLimit(Duration.ofSeconds(Long.MAX_VALUE))
                        .build());
        // It ended by this limit.
        BudgetOnResume.require(after(limited, 10), 0, limited);
    }

    @Test
    void aBudgetOfEpochsBelowThoseDoneIsRefused() {
        TrainingConfig config = TrainingConfig.builder().epochs(1.5).build();
        TrainingState state = after(config, 10);
        // The last step reads some rows more than the budget has.
        BudgetOnResume.require(state, 1.51, config);
        BudgetOnResume.require(
                state, 1.51, TrainingConfig.builder().epochs(1.52).build());
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> BudgetOnResume.require(
                                state,
                                1.51,
                                TrainingConfig.builder().epochs(1.4).build()))
                .getMessage();
        assertTrue(message.startsWith("Expected a budget of at least 1.51 epochs"), message);
        assertTrue(message.contains("Received: 1.4 epochs"), message);
    }
}
