package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Arena;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/** Arrays for a number of rows. Their memory grows by powers of two. */
final class RowMemory<T> implements AutoCloseable {
    private final DataType type;
    private final BiFunction<Arena, Integer, T> planner;
    private Arena.@Nullable Plan<T> plan;
    private int capacity;
    private int rows;

    /** @param planner takes the arrays for a number of rows; more rows take more memory */
    RowMemory(DataType type, BiFunction<Arena, Integer, T> planner) {
        this.type = type;
        this.planner = planner;
    }

    /** The arrays for that many rows. If the number changes, what they hold is lost. */
    T rows(int count) {
        Arena.Plan<T> current = plan;
        if (current == null || count > capacity) {
            close();
            capacity = InferencePass.powerOfTwo(count);
            current = Arena.plan(type, arena -> planner.apply(arena, capacity));
            rows = capacity;
        }
        if (rows != count) {
            current = current.arena().reuse(arena -> planner.apply(arena, count));
            rows = count;
        }
        plan = current;
        return current.arrays();
    }

    @Override
    public void close() {
        if (plan != null) {
            plan.arena().close();
        }
        plan = null;
        capacity = 0;
    }
}
