package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.cuda.AttentionTiles.Batch;
import io.github.cloze4j.kernel.cuda.DeviceScratch.Slot;
import io.github.cloze4j.kernel.cuda.MatrixProduct.Numbers;
import io.github.cloze4j.kernel.cuda.MatrixProduct.Operand;
import java.util.Arrays;

/**
 * Attention within documents, as the head of {@code attention.cu} lays it out. Products are in float whatever the precision
 * of the linear layers, as those of the {@code cpu} kernels are.
 */
final class AttentionKernels {
    private static final int WARPS_OF_A_BLOCK = LaunchGeometry.THREADS / 32;
    private static final int MOST_BLOCKS = 1 << 14;
    private static final long NO_COPY = 0;

    private final DeviceQueue device;

    AttentionKernels(DeviceQueue device) {
        this.device = device;
    }

    /**
     * What forward and backward share.
     *
     * @param qkv {@code [tokens, 3 * hidden]}
     * @param probabilities memory for backward, of {@code room} floats
     */
    record Call(
            long qkv, int[] documentOffsets, int hidden, int heads, Dropout dropout, long probabilities, long room) {
        AttentionTiles tiles() {
            int tokens = documentOffsets[documentOffsets.length - 1];
            return AttentionTiles.of(
                    documentOffsets, hidden, heads, (int) Math.min(tokens, room / ((long) heads * tokens)));
        }
    }

    /** Where things of a call are. */
    private record Places(
            AttentionTiles tiles, long qkv, long firsts, long ends, long mask, long probabilities, long dropped) {
        int columns() {
            return 3 * tiles.hidden();
        }

        float scale() {
            return (float) (1 / Math.sqrt(tiles.headSize()));
        }
    }

    /** Writes context {@code [tokens, hidden]}. */
    void forward(Call call, long context) {
        Places places = places(call);
        probabilities(places);
        int hidden = call.hidden();
        for (Batch batch : places.tiles().batches()) {
            product(
                    places,
                    batch,
                    tile(places, batch, places.dropped(), false),
                    rows(places, batch, places.qkv(), places.columns(), 2 * hidden),
                    rows(places, batch, context, hidden, 0));
        }
    }

    /** Writes dQkv {@code [tokens, 3 * hidden]}. */
    void backward(Call call, long dContext, long dQkv) {
        Places places = places(call);
        AttentionTiles tiles = places.tiles();
        if (places.probabilities() != call.probabilities()) {
            // They had no room in what was kept from forward.
            probabilities(places);
        }
        long dScores = device.scratch().floats(Slot.D_SCORES, tiles.scores());
        int hidden = call.hidden();
        int columns = places.columns();
        for (Batch batch : tiles.batches()) {
            scores(
                    places,
                    batch,
                    rows(places, batch, dContext, hidden, 0),
                    transposed(rows(places, batch, places.qkv(), columns, 2 * hidden)),
                    dScores);
        }
        device.launch(
                "attentionSoftmaxBackward",
                aWarpARow(tiles),
                places.probabilities(),
                dScores,
                NO_COPY,
                places.firsts(),
                places.ends(),
                tiles.heads(),
                tiles.tokens(),
                tiles.window(),
                places.scale(),
                places.mask(),
                places.dropped() == places.probabilities() ? 0L : places.dropped(),
                NO_COPY);
        for (Batch batch : tiles.batches()) {
            Operand query = rows(places, batch, places.qkv(), columns, 0);
            Operand key = rows(places, batch, places.qkv(), columns, hidden);
            product(places, batch, tile(places, batch, dScores, false), key, rows(places, batch, dQkv, columns, 0));
            product(
                    places,
                    batch,
                    tile(places, batch, dScores, true),
                    query,
                    rows(places, batch, dQkv, columns, hidden));
            product(
                    places,
                    batch,
                    tile(places, batch, places.dropped(), true),
                    rows(places, batch, dContext, hidden, 0),
                    rows(places, batch, dQkv, columns, 2 * hidden));
        }
    }

    private Places places(Call call) {
        AttentionTiles tiles = call.tiles();
        int[] offsets = call.documentOffsets();
        int[] firsts = new int[tiles.tokens()];
        int[] ends = new int[tiles.tokens()];
        for (int d = 0; d + 1 < offsets.length; d++) {
            Arrays.fill(firsts, offsets[d], offsets[d + 1], offsets[d]);
            Arrays.fill(ends, offsets[d], offsets[d + 1], offsets[d + 1]);
        }
        StagedArguments arguments = device.newArguments();
        long mask = arguments.mask(call.dropout());
        long probabilities = tiles.scores() <= call.room()
                ? call.probabilities()
                : device.scratch().floats(Slot.PROBABILITIES, tiles.scores());
        // Without dropout the probabilities themselves are the operand.
        long dropped = mask == 0 ? probabilities : device.scratch().floats(Slot.DROPPED, tiles.scores());
        return new Places(
                tiles, call.qkv(), arguments.integers(firsts), arguments.integers(ends), mask, probabilities, dropped);
    }

    /** Writes the probabilities, and what dropout leaves of them. */
    private void probabilities(Places places) {
        AttentionTiles tiles = places.tiles();
        for (Batch batch : tiles.batches()) {
            scores(
                    places,
                    batch,
                    rows(places, batch, places.qkv(), places.columns(), 0),
                    transposed(rows(places, batch, places.qkv(), places.columns(), tiles.hidden())),
                    places.probabilities());
        }
        device.launch(
                "attentionSoftmax",
                aWarpARow(tiles),
                places.probabilities(),
                places.firsts(),
                places.ends(),
                tiles.heads(),
                tiles.tokens(),
                tiles.window(),
                places.scale(),
                places.mask(),
                places.dropped() == places.probabilities() ? 0L : places.dropped(),
                NO_COPY);
    }

    /** Tiles = a · b, of rows of tokens. */
    private void scores(Places places, Batch batch, Operand a, Operand b, long tiles) {
        int length = batch.length();
        multiply(batch, length, places.tiles().headSize(), a, b, tile(places, batch, tiles, false));
    }

    /** Rows of tokens = a tile · rows of tokens. */
    private void product(Places places, Batch batch, Operand tile, Operand rows, Operand result) {
        multiply(batch, places.tiles().headSize(), batch.length(), tile, rows, result);
    }

    private void multiply(Batch batch, int columns, int inner, Operand a, Operand b, Operand c) {
        device.driver()
                .multiply(
                        new MatrixProduct(Numbers.FP32, batch.length(), columns, inner, 1, a, b, 0, c, batch.count()));
    }

    private static Operand rows(Places places, Batch batch, long matrix, int columns, int firstColumn) {
        AttentionTiles tiles = places.tiles();
        long start = tiles.start(batch, columns) + firstColumn;
        return new Operand(matrix + start * Float.BYTES, false, columns, tiles.stride(batch, columns));
    }

    private static Operand transposed(Operand operand) {
        return new Operand(operand.address(), true, operand.leading(), operand.stride());
    }

    private static Operand tile(Places places, Batch batch, long matrix, boolean transposed) {
        AttentionTiles tiles = places.tiles();
        long address = matrix + tiles.scoreStart(batch) * Float.BYTES;
        return new Operand(address, transposed, tiles.window(), tiles.scoreStride(batch));
    }

    private static LaunchGeometry aWarpARow(AttentionTiles tiles) {
        long rows = (long) tiles.heads() * tiles.tokens();
        return LaunchGeometry.rows(
                (int) Math.min(MOST_BLOCKS, LaunchGeometry.ceilDivide(rows, WARPS_OF_A_BLOCK)), LaunchGeometry.THREADS);
    }
}
