package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Nd4jBackend;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.cuda.driver.RecordingDriver;
import io.github.cloze4j.kernel.cuda.memory.DeviceQueue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What the provider asks of a device when operations come in one piece, and what it never asks for within one. */
class StepGraphTest {
    private static final int TOKENS = 6;
    private static final int HIDDEN = 8;

    private final RecordingDriver driver = new RecordingDriver(1L << 40);
    private final DeviceQueue queue = new DeviceQueue(driver);
    private final CudaKernels kernels = new CudaKernels(queue, Precision.FULL);
    private final Arena arena = Arena.allocate(DataType.FLOAT, 1 << 16);
    private final INDArray x = arena.take(TOKENS, HIDDEN);
    private final INDArray logits = arena.take(TOKENS, 40);
    private final INDArray weight = arena.take(40, HIDDEN);
    private final INDArray bias = arena.take(40);
    private int walks;

    @BeforeAll
    static void load() {
        Nd4jBackend.load();
    }

    @AfterEach
    void free() {
        queue.close();
        assertEquals(0, driver.used());
        assertEquals(0, driver.hostMemories());
        arena.close();
    }

    /** Forward, loss and update on some rows. */
    private Pending<LossSum> step(int rows) {
        walks++;
        INDArray y = Arena.rows(logits, 0, rows);
        kernels.dropout(new Dropout(0.1, 1, walks, 2), x);
        kernels.linear(Arena.rows(x, 0, rows), weight, bias, y);
        Pending<LossSum> loss = kernels.crossEntropy(y, new int[rows], 1);
        Clipping clipping = new Clipping(kernels.squaredNorm(bias), 1, 0);
        kernels.adamW(bias, bias, bias, bias, new AdamWStep(1, 0.9, 0.9, 1, 0, 1, true, clipping));
        return loss;
    }

    /** What was asked for while a step of so many rows ran in one piece. */
    private List<String> events(int rows) {
        int before = driver.events.size();
        kernels.asGraph(() -> step(rows));
        return new ArrayList<>(driver.events.subList(before, driver.events.size()));
    }

    private static List<String> captured(List<String> events) {
        return events.subList(events.indexOf("begin capture") + 1, events.indexOf("end capture"));
    }

    @Test
    void theFirstStepJustRunsTheSecondMakesAGraphTheOthersUpdateIt() {
        assertFalse(events(TOKENS).contains("begin capture"));
        List<String> second = events(TOKENS);
        assertTrue(second.contains("instantiate"), second.toString());
        assertFalse(second.contains("update"), second.toString());
        for (int i = 0; i < 5; i++) {
            List<String> next = events(TOKENS - i);
            assertTrue(next.contains("update"), next.toString());
            assertFalse(next.contains("instantiate"), next.toString());
        }
        assertEquals(7, walks);
    }

    @Test
    void whatADeviceComputesIsAllInTheGraphAndNothingElseIs() {
        events(TOKENS);
        events(TOKENS);
        assertEquals(
                List.of(
                        "dropout",
                        "multiply FP32 with bias",
                        "crossEntropy",
                        "zero 16",
                        "addLosses",
                        "squaredNorm",
                        "sumOfParts",
                        "clipFactor",
                        "adamW"),
                captured(events(TOKENS)));
    }

    /** All arguments in one copy, before the graph that reads them; all results in one, after it; and no wait. */
    @Test
    void aStepOfAGraphIsOneUploadOneLaunchAndOneDownload() {
        events(TOKENS);
        events(TOKENS);
        Pending<LossSum> before = kernels.asGraph(() -> step(TOKENS));
        before.read();
        List<String> events = events(TOKENS);
        List<String> around = new ArrayList<>(events.subList(0, events.indexOf("begin capture")));
        around.addAll(events.subList(events.indexOf("end capture") + 1, events.size()));
        around.replaceAll(event -> event.replaceFirst("load .*", "load"));
        assertEquals(List.of("upload", "update", "launch graph", "destroy graph", "download", "record"), around);
    }

    @Test
    void nothingIsReadyBeforeItIsReadAndThenAllOfTheStepAre() {
        List<Pending<LossSum>> losses = kernels.asGraph(() -> List.of(step(2), step(3)));
        assertFalse(losses.get(0).isReady());
        int before = driver.events.size();
        losses.get(1).read();
        losses.get(0).read();
        assertTrue(losses.get(0).isReady());
        assertEquals(List.of("await"), driver.events.subList(before, driver.events.size()));
    }

    /** Reading the step before, with one queued behind it, is one wait for a mark that lies before the queued one. */
    @Test
    void theStepBeforeIsReadWhileTheNextOneIsQueued() {
        Pending<LossSum> first = kernels.asGraph(() -> step(TOKENS));
        for (int i = 0; i < 10; i++) {
            int before = driver.events.size();
            Pending<LossSum> next = kernels.asGraph(() -> step(TOKENS));
            first.read();
            List<String> events = driver.events.subList(before, driver.events.size());
            assertEquals(1, events.stream().filter("await"::equals).count(), events.toString());
            assertFalse(events.contains("synchronize"), events.toString());
            assertFalse(next.isReady());
            first = next;
        }
    }

    @Test
    void aGraphThatTheDeviceDoesNotUpdateIsReplaced() {
        events(TOKENS);
        events(TOKENS);
        driver.refusesUpdates = true;
        List<String> events = events(TOKENS);
        List<String> after = events.subList(events.indexOf("refuse update"), events.size());
        assertEquals(
                List.of("refuse update", "destroy executable", "instantiate", "launch graph"), after.subList(0, 4));
    }

    @Test
    void aStepThatNeedsMoreMemoryRunsWithoutAGraphAndTheNextHasOneAgain() {
        events(1);
        events(1);
        INDArray large = arena.take(1 << 14);
        walks = 0;
        for (boolean grows : new boolean[] {true, false}) {
            int before = driver.events.size();
            kernels.asGraph(() -> {
                step(1);
                return kernels.squaredNorm(large);
            });
            List<String> events = driver.events.subList(before, driver.events.size());
            String all = events.toString();
            assertEquals(grows, events.stream().anyMatch(event -> event.startsWith("allocate")), all);
            assertEquals(!grows, events.contains("launch graph"), all);
        }
        assertEquals(2 + 1, walks);
    }

    /** A dropped capture has launched nothing: what it would have rounded is rounded when the step runs after all. */
    @Test
    void copiesThatADroppedCaptureWouldHaveWrittenAreWrittenAfterAll() {
        RecordingDriver recording = new RecordingDriver(1L << 40);
        try (DeviceQueue own = new DeviceQueue(recording)) {
            CudaKernels bf16 = new CudaKernels(own, Precision.BF16);
            for (int i = 0; i < 2; i++) {
                bf16.asGraph(() -> {
                    bf16.linear(x, weight, bias, logits);
                    return bf16.squaredNorm(bias);
                });
            }
            INDArray large = arena.take(1 << 14);
            // What the steps before left as the copy of x is one no longer.
            bf16.zero(x);
            int before = recording.events.size();
            bf16.asGraph(() -> {
                bf16.linear(x, weight, bias, logits);
                return bf16.squaredNorm(large);
            });
            List<String> events = recording.events.subList(before, recording.events.size());
            assertFalse(events.contains("launch graph"), events.toString());
            List<String> plain = events.subList(events.lastIndexOf("end capture") + 1, events.size());
            assertTrue(plain.contains("toBf16"), events.toString());

            bf16.zero(x);
            assertThrows(
                    IllegalStateException.class,
                    () -> bf16.asGraph(() -> {
                        bf16.linear(x, weight, bias, logits);
                        throw new IllegalStateException();
                    }));
            before = recording.events.size();
            bf16.linear(x, weight, bias, logits);
            assertTrue(recording.events.subList(before, recording.events.size()).contains("toBf16"));
        }
    }

    @Test
    void whatFailsInAStepComesThroughAndTheNextStepRuns() {
        events(TOKENS);
        events(TOKENS);
        IllegalStateException own = new IllegalStateException("own");
        assertSame(
                own,
                assertThrows(
                        IllegalStateException.class,
                        () -> kernels.asGraph(() -> {
                            step(2);
                            throw own;
                        })));
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> kernels.asGraph(() -> {
                    step(2);
                    return kernels.crossEntropy(logits, new int[] {-1, 0, 0, 0, 0, 0}, 1);
                }));
        BackendException broken = new BackendException("broken");
        assertSame(
                broken,
                assertThrows(
                        BackendException.class,
                        () -> kernels.asGraph(() -> {
                            throw broken;
                        })));
        assertTrue(events(TOKENS).contains("launch graph"));
    }

    @Test
    void aPieceWithinAPieceIsAPartOfIt() {
        events(TOKENS);
        int before = driver.events.size();
        kernels.asGraph(() -> kernels.asGraph(() -> step(TOKENS)));
        List<String> events = driver.events.subList(before, driver.events.size());
        assertEquals(1, events.stream().filter("begin capture"::equals).count());
    }

    /** RecordingDriver compares what is copied with what it was when the copy was asked for. */
    @Test
    void hostMemoryIsNotOverwrittenBeforeItIsCopied() {
        long seed = System.nanoTime();
        System.err.println("StepGraphTest seed " + seed);
        Random random = new Random(seed);
        INDArray rows = arena.take(1 << 12, 2);
        Pending<Double> last = Pending.of(0.0);
        for (int i = 0; i < 300; i++) {
            int operations = random.nextInt(40);
            boolean inPiece = random.nextInt(4) > 0;
            List<int[]> indices = new ArrayList<>();
            for (int k = 0; k < operations; k++) {
                indices.add(random.ints(random.nextInt(1, 1 << 12), 0, TOKENS).toArray());
            }
            Pending<Double> next = inPiece ? kernels.asGraph(() -> gather(rows, indices)) : gather(rows, indices);
            last.read();
            last = next;
        }
        long graphs = driver.events.stream().filter("launch graph"::equals).count();
        assertTrue(graphs > 50, Long.toString(graphs));
        assertTrue(driver.used() < 64 << 20, "pages are used again: " + driver.used());
    }

    /** Where nothing is ever read, the pages' own marks are all that the host waits for. */
    @Test
    void hostMemoryIsNotOverwrittenWhereNothingIsReadEither() {
        INDArray rows = arena.take(1 << 12, 2);
        for (int i = 0; i < 3000; i++) {
            int[] indices = new int[1 << 12];
            // Five does not divide what pages hold, so a page never gets what it held before.
            Arrays.fill(indices, i % 5);
            kernels.gatherRows(Arena.rows(x.reshape(TOKENS * 4, 2), 0, TOKENS), indices, rows);
        }
        assertTrue(driver.events.contains("await"));
        assertTrue(driver.used() < 64 << 20, "pages are used again: " + driver.used());
    }

    private Pending<Double> gather(INDArray rows, List<int[]> indices) {
        indices.forEach(some -> kernels.gatherRows(Arena.rows(x.reshape(TOKENS * 4, 2), 0, TOKENS), some, rows));
        return kernels.squaredNorm(x);
    }
}
