package io.github.cloze4j.kernel.cuda.memory;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.cuda.driver.CapturedGraph;
import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import io.github.cloze4j.kernel.cuda.driver.ExecutableGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Operations that come again and again, as one graph: they are written down anew each time, and the graph of the time before
 * is brought up to date with them. So the code that asks for the operations is all that describes the graph.
 *
 * <p>The first time they just run, and make the memory that they need; so they do where they could not be written down, as
 * when more memory is needed than the time before.
 */
public final class StepGraph {
    private static final Logger LOG = LoggerFactory.getLogger(StepGraph.class);

    /** Captures in a row that fail, after which no other is tried: each costs a step's walk through the layers. */
    private static final int MOST_DROPPED = 5;

    private final CudaDriver driver;
    private final StagedArguments arguments;
    private final DeviceResults results;
    private final Bf16Copies copies;
    private @Nullable ExecutableGraph executable;
    private boolean hasRun;
    private int dropped;
    private boolean running;

    StepGraph(CudaDriver driver, StagedArguments arguments, DeviceResults results, Bf16Copies copies) {
        this.copies = copies;
        this.driver = driver;
        this.arguments = arguments;
        this.results = results;
    }

    /** Runs the operations, whose results are fetched. A piece within a piece is a part of it. */
    public <T> T run(Supplier<T> operations) {
        if (running) {
            return operations.get();
        }
        running = true;
        try {
            T result = hasRun && dropped < MOST_DROPPED ? captured(operations) : plain(operations);
            hasRun = true;
            return result;
        } finally {
            running = false;
        }
    }

    private <T> T plain(Supplier<T> operations) {
        arguments.beginPiece(false);
        results.beginPiece();
        T result;
        try {
            result = operations.get();
        } finally {
            arguments.endPiece();
        }
        results.endPiece();
        return result;
    }

    private <T> T captured(Supplier<T> operations) {
        arguments.beginPiece(true);
        results.beginPiece();
        List<T> result = new ArrayList<>();
        Bf16Copies.Known before = copies.known();
        boolean launched = false;
        try (CapturedGraph graph = driver.capture(() -> result.add(operations.get()))) {
            arguments.endPiece();
            launch(graph);
            launched = true;
        } catch (BackendException notCaptured) {
            LOG.info("A step runs without a CUDA graph: {}", notCaptured.getMessage());
        } finally {
            arguments.endPiece();
            if (!launched) {
                copies.restore(before);
            }
        }
        if (!launched) {
            // Where something else is wrong, it is wrong again.
            T plain = plain(operations);
            if (++dropped == MOST_DROPPED) {
                LOG.warn("Steps run without CUDA graphs from now on: {} in a row could not be captured", dropped);
            }
            return plain;
        }
        dropped = 0;
        results.endPiece();
        return result.get(0);
    }

    private void launch(CapturedGraph graph) {
        if (executable == null || !executable.update(graph)) {
            close();
            executable = graph.instantiate();
        }
        executable.launch();
    }

    /** Frees the graph after its last run. */
    void close() {
        if (executable != null) {
            executable.close();
            executable = null;
        }
    }
}
