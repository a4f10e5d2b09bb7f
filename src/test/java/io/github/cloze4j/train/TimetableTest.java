package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimetableTest {
    @Test
    void aBudgetInTimeIsEvaluatedAtTheStepsThatPassAMark() {
        Timetable timetable = new Timetable(TrainingConfig.builder()
                .timeLimit(Duration.ofSeconds(10))
                .evaluations(4)
                .build());
        // The shares of the budget that are used after each step. The fifth step passes two marks.
        double[] used = {0.1, 0.24, 0.25, 0.4, 0.8, 0.9, 1};
        List<Integer> evaluated = new ArrayList<>();
        for (int step = 1; step <= used.length; step++) {
            if (timetable.evaluates(step, step == 1 ? 0 : used[step - 2], used[step - 1])) {
                evaluated.add(step);
            }
        }
        assertEquals(List.of(3, 5, 7), evaluated);
    }
}
