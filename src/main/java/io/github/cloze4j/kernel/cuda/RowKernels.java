package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.cuda.driver.LaunchGeometry;
import io.github.cloze4j.kernel.cuda.memory.DeviceQueue;
import io.github.cloze4j.kernel.cuda.memory.DeviceScratch.Slot;
import io.github.cloze4j.kernel.cuda.memory.StagedArguments;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What goes row by row: embeddings, rows by index, LayerNorm. Where an argument is a copy, the kernel writes there in bf16
 * what it writes in float; 0 for nowhere.
 */
final class RowKernels {
    private static final int CHUNK = 128;
    private static final long CHUNK_PARTS = 2;

    /** Blocks that walk over the rows of a LayerNorm: the order of its sums depends on it. */
    private static final int NORM_BLOCKS = 256;

    private final DeviceQueue device;
    private final LinearKernels linear;

    RowKernels(DeviceQueue device, LinearKernels linear) {
        this.device = device;
        this.linear = linear;
    }

    /** A table and the rows that are taken from it. The device checks nothing, so all ids are checked here. */
    record Lookup(long table, int rows, int[] ids) {
        Lookup {
            requireIndices(ids, rows);
        }
    }

    /** @throws IndexOutOfBoundsException if one is not in [0, bound) */
    static void requireIndices(int[] indices, int bound) {
        for (int index : indices) {
            Objects.checkIndex(index, bound);
        }
    }

    /** What a LayerNorm leaves for backward. */
    record Saved(long normalized, long inverseDeviation, int tokens, int hidden) {}

    /** {@code y[t] =} the sum of three rows. */
    void sum(Lookup words, Lookup positions, Lookup types, int hidden, long y) {
        StagedArguments arguments = device.newArguments();
        device.launch(
                "embeddingSum",
                LaunchGeometry.rows(words.ids().length, hidden),
                arguments.integers(words.ids()),
                arguments.integers(positions.ids()),
                arguments.integers(types.ids()),
                words.table(),
                positions.table(),
                types.table(),
                hidden,
                y);
    }

    /** {@code dTable[id] +=} rows of dy, equal ids in the order of the batch. */
    void sumBackward(long dy, Lookup dTable, int hidden) {
        int tokens = dTable.ids().length;
        int[] order = new int[tokens];
        int[] sortedIds = new int[tokens];
        sort(dTable.ids(), order, sortedIds);
        StagedArguments arguments = device.newArguments();
        long deviceOrder = arguments.integers(order);
        long deviceIds = arguments.integers(sortedIds);
        int chunks = chunks(tokens);
        long partialSums = device.scratch().floats(Slot.PARTIAL_SUMS, gradientPartialSums(tokens, hidden));
        LaunchGeometry columns = LaunchGeometry.columns(hidden, 1);
        LaunchGeometry grid = new LaunchGeometry(chunks, columns.gridX(), columns.threads(), 0);
        device.launch(
                "embeddingGradient", grid, dy, deviceOrder, deviceIds, tokens, hidden, dTable.table(), partialSums);
        device.launch("embeddingGradientOfLongRuns", grid, partialSums, deviceIds, tokens, hidden, dTable.table());
    }

    private static int chunks(int tokens) {
        return (int) LaunchGeometry.ceilDivide(tokens, CHUNK);
    }

    /** Floats of scratch that {@link #sumBackward} takes. */
    static long gradientPartialSums(int tokens, int hidden) {
        return chunks(tokens) * CHUNK_PARTS * hidden;
    }

    /** Floats of scratch that {@link #layerNormBackward} takes. */
    static long normPartialSums(int tokens, int hidden) {
        return 2L * Math.min(NORM_BLOCKS, tokens) * hidden;
    }

    private static void sort(int[] ids, int[] order, int[] sortedIds) {
        long[] keys = new long[ids.length];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = ((long) ids[i] << Integer.SIZE) | i;
        }
        Arrays.sort(keys);
        for (int i = 0; i < keys.length; i++) {
            order[i] = (int) keys[i];
            sortedIds[i] = (int) (keys[i] >> Integer.SIZE);
        }
    }

    /** {@code y[i] = x[rows[i]]}. */
    void gather(long x, int[] rows, int columns, long y, long yCopy) {
        if (rows.length > 0) {
            long indices = device.newArguments().integers(rows);
            device.launch("gatherRows", LaunchGeometry.rows(rows.length, columns), x, indices, columns, y, yCopy);
        }
    }

    /** {@code dx[rows[i]] = dy[i]}. */
    void scatter(long dy, int[] rows, int columns, long dx) {
        if (rows.length > 0) {
            long indices = device.newArguments().integers(rows);
            device.launch("scatterRows", LaunchGeometry.rows(rows.length, columns), dy, indices, columns, dx);
        }
    }

    /** LayerNorm of {@code residual + dropout(x)}. */
    void layerNorm(
            long x,
            @Nullable Long residual,
            Dropout dropout,
            long gamma,
            long beta,
            double epsilon,
            Saved saved,
            long y,
            long yCopy) {
        int hidden = saved.hidden();
        long mask = device.newArguments().mask(dropout);
        device.launch(
                "residualLayerNorm",
                LaunchGeometry.rows(saved.tokens(), hidden).withShared(Float.BYTES * hidden),
                x,
                residual == null ? 0L : residual,
                mask,
                gamma,
                beta,
                (float) epsilon,
                hidden,
                saved.normalized(),
                saved.inverseDeviation(),
                y,
                yCopy);
    }

    /** Its backward. */
    void layerNormBackward(
            long dy,
            long gamma,
            Saved saved,
            Dropout dropout,
            @Nullable Long dResidual,
            long dx,
            long dxCopy,
            @Nullable Long dGamma,
            @Nullable Long dBeta) {
        int hidden = saved.hidden();
        int parts = Math.min(NORM_BLOCKS, saved.tokens());
        long partialSums = device.scratch().floats(Slot.PARTIAL_SUMS, normPartialSums(saved.tokens(), hidden));
        long mask = device.newArguments().mask(dropout);
        device.launch(
                "residualLayerNormBackward",
                LaunchGeometry.rows(parts, hidden).withShared(2 * Float.BYTES * hidden),
                dy,
                gamma,
                saved.normalized(),
                saved.inverseDeviation(),
                mask,
                saved.tokens(),
                hidden,
                dResidual == null ? 0L : dResidual,
                dx,
                dxCopy,
                partialSums);
        if (dGamma != null) {
            linear.addPartialSums(partialSums, parts, 2 * hidden, hidden, dGamma);
        }
        if (dBeta != null) {
            linear.addPartialSums(partialSums + (long) Float.BYTES * hidden, parts, 2 * hidden, hidden, dBeta);
        }
    }
}
