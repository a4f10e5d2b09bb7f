package io.github.cloze4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TargetsTest {
    private static int[] ints(int... values) {
        return values;
    }

    private static Stream<Arguments> refused() {
        return Stream.of(
                arguments(ints(1, 2), ints(7), "Expected as many labels for each of 2 answers. Received: 1 labels"),
                arguments(ints(), ints(7), "Expected as many labels for each of 0 answers. Received: 1 labels"),
                arguments(ints(1, 2), ints(), "Expected a label for each row. Received: 0 labels for 2 rows"),
                arguments(ints(1), ints(7, 8), "Expected a label for each row. Received: 2 labels for 1 rows"),
                arguments(ints(-1, 2), ints(7, 8), "Expected rows of at least 0, none twice. Received: row -1"),
                arguments(
                        ints(Integer.MIN_VALUE),
                        ints(7),
                        "Expected rows of at least 0, none twice. Received: row -2147483648"),
                arguments(
                        ints(3, 9, 3), ints(7, 8, 9), "Expected rows of at least 0, none twice. Received: row 3 twice"),
                arguments(ints(3, 4), ints(7, -1), "Expected labels of at least 0. Received: -1"));
    }

    private static Stream<Arguments> refusedEnds() {
        return Stream.of(
                arguments(
                        ints(2, 2),
                        "Expected at least a row for each answer, and ends that ascend. Received: 2 after 2"),
                arguments(
                        ints(0, 3),
                        "Expected at least a row for each answer, and ends that ascend. Received: 0 after 0"),
                arguments(ints(1, 2), "Expected answers that have all 3 rows. Received: answers that have 2"),
                arguments(ints(4), "Expected answers that have all 3 rows. Received: answers that have 4"),
                arguments(ints(), "Expected answers that have all 3 rows. Received: answers that have 0"));
    }

    @ParameterizedTest
    @MethodSource("refusedEnds")
    void everyRowBelongsToOneAnswer(int[] ends, String message) {
        assertEquals(
                message,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Targets(ints(5, 9, 8), ends, ints(), new float[0]))
                        .getMessage());
    }

    @Test
    void aHeadReadsRowsInAnyOrder() {
        Targets targets = new Targets(ints(0, 9, 8), ints(1, 3), ints(), new float[] {1, 2, 3, 4});
        assertEquals(3, targets.count());
        assertEquals(2, targets.answers());
        assertEquals(9, targets.highestRow());
    }

    @ParameterizedTest
    @MethodSource("refused")
    void rowsAndLabelsThatKernelsCannotTakeAreRefused(int[] rows, int[] labels, String message) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> new Targets(rows, labels))
                        .getMessage());
    }

    @Test
    void labelsOutsideTheAnswersOfAHeadAreRefused() {
        Targets targets = new Targets(ints(2, 5, 7), ints(0, 9, 4));
        assertDoesNotThrow(() -> targets.requireLabelsBelow(10));
        assertDoesNotThrow(() -> Targets.NONE.requireLabelsBelow(0));
        assertEquals(
                "Expected labels in [0, 9). Received: 9. Make batches for this model, with its vocabulary and its classes",
                assertThrows(IllegalArgumentException.class, () -> targets.requireLabelsBelow(9))
                        .getMessage());
    }

    @Test
    void aRangeHasItsRowsWithTheirLabels() {
        Targets targets = new Targets(ints(0, 5, 7, 9), ints(4, 3, 2, 1));
        assertEquals(4, targets.count());
        Targets range = targets.range(1, 3);
        assertArrayEquals(ints(5, 7), range.rows());
        assertArrayEquals(ints(3, 2), range.labels());
        assertEquals(targets, targets.range(0, 4));
        assertEquals(Targets.NONE, targets.range(2, 2));
        assertEquals(0, Targets.NONE.count());
    }

    @Test
    void arraysWrittenToLaterDoNotGetIn() {
        int[] rows = ints(1, 2);
        int[] labels = ints(3, 4);
        Targets targets = new Targets(rows, labels);
        rows[1] = 1000;
        labels[0] = -1;
        assertEquals(new Targets(ints(1, 2), ints(3, 4)), targets);
    }

    @Test
    void targetsAreEqualByTheirContent() {
        Targets targets = new Targets(ints(1, 2), ints(3, 4));
        Targets same = new Targets(ints(1, 2), ints(3, 4));
        assertEquals(targets, same);
        assertEquals(targets.hashCode(), same.hashCode());
        assertNotEquals(targets, new Targets(ints(1, 3), ints(3, 4)));
        assertNotEquals(targets, new Targets(ints(1, 2), ints(3, 5)));
    }
}
