package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.cuda.AttentionTiles.Batch;
import io.github.cloze4j.kernel.cuda.driver.LaunchGeometry;
import io.github.cloze4j.kernel.cuda.driver.MatrixProduct;
import io.github.cloze4j.kernel.cuda.driver.MatrixProduct.Numbers;
import io.github.cloze4j.kernel.cuda.driver.MatrixProduct.Operand;
import io.github.cloze4j.kernel.cuda.memory.DeviceQueue;
import io.github.cloze4j.kernel.cuda.memory.DeviceScratch.Slot;
import io.github.cloze4j.kernel.cuda.memory.StagedArguments;
import java.util.Arrays;

/**
 * Attention within documents, as the head of {@code attention.cu} lays it out. In bf16 the operands of its products are
 * bf16, and scores, softmax and sums are float.
 */
final class AttentionKernels {
    private static final int WARPS_OF_A_BLOCK = LaunchGeometry.THREADS / 32;
    private static final int MOST_BLOCKS = 1 << 14;
    private static final long NOWHERE = 0;
    private static final long NO_BIAS = 0;

    private final DeviceQueue device;
    private final boolean bf16;
    private final Numbers numbers;

    AttentionKernels(DeviceQueue device, Precision precision) {
        this.device = device;
        bf16 = precision == Precision.BF16;
        numbers = bf16 ? Numbers.BF16 : Numbers.ofFloats(precision);
    }

    /**
     * What forward and backward share.
     *
     * @param qkv {@code [tokens, 3 * hidden]}
     * @param probabilities memory for backward, of {@code room} floats
     */
    record Call(long qkv, Documents documents, int hidden, int heads, Dropout dropout, long probabilities, long room) {
        AttentionTiles tiles() {
            return AttentionTiles.of(
                    documents, hidden, heads, (int) Math.min(tokens(), room / ((long) heads * tokens())));
        }

        int tokens() {
            return documents.tokens();
        }
    }

    /**
     * Where things of a call are.
     *
     * @param qkv the operand: the array itself, or its copy
     * @param dropped what dropout leaves of the probabilities, as an operand
     */
    private record Places(
            AttentionTiles tiles,
            long qkv,
            long firsts,
            long ends,
            long visibleEnds,
            long mask,
            long probabilities,
            long dropped) {
        int columns() {
            return 3 * tiles.hidden();
        }

        float scale() {
            return (float) (1 / Math.sqrt(tiles.headSize()));
        }
    }

    /** Writes context {@code [tokens, hidden]}: in bf16 its copy alone. */
    void forward(Call call, long context) {
        Places places = places(call);
        probabilities(places);
        int hidden = call.hidden();
        long result = result(context, (long) call.tokens() * hidden);
        for (Batch batch : places.tiles().batches()) {
            product(
                    places,
                    batch,
                    operandTile(places, batch, places.dropped(), false),
                    operand(places, batch, places.qkv(), places.columns(), 2 * hidden),
                    operand(places, batch, result, hidden, 0));
        }
    }

    /** Writes dQkv {@code [tokens, 3 * hidden]}: in bf16 its copy alone. */
    void backward(Call call, long dContext, long dQkv) {
        Places places = places(call);
        AttentionTiles tiles = places.tiles();
        if (places.probabilities() != call.probabilities()) {
            // They had no room in what was kept from forward.
            probabilities(places);
        }
        int hidden = call.hidden();
        int columns = places.columns();
        long dContextOperand = operand(dContext, (long) tiles.tokens() * hidden);
        long dDropped = device.scratch().floats(Slot.D_SCORES, tiles.scores());
        for (Batch batch : tiles.batches()) {
            scores(
                    places,
                    batch,
                    operand(places, batch, dContextOperand, hidden, 0),
                    transposed(operand(places, batch, places.qkv(), columns, 2 * hidden)),
                    dDropped);
        }
        long dScores = softmaxBackward(places, dDropped);
        long result = result(dQkv, (long) call.tokens() * columns);
        for (Batch batch : tiles.batches()) {
            Operand query = operand(places, batch, places.qkv(), columns, 0);
            Operand key = operand(places, batch, places.qkv(), columns, hidden);
            product(
                    places,
                    batch,
                    operandTile(places, batch, dScores, false),
                    key,
                    operand(places, batch, result, columns, 0));
            product(
                    places,
                    batch,
                    operandTile(places, batch, dScores, true),
                    query,
                    operand(places, batch, result, columns, hidden));
            product(
                    places,
                    batch,
                    operandTile(places, batch, places.dropped(), true),
                    operand(places, batch, dContextOperand, hidden, 0),
                    operand(places, batch, result, columns, 2 * hidden));
        }
    }

    private Places places(Call call) {
        AttentionTiles tiles = call.tiles();
        Documents documents = call.documents();
        int[] firsts = new int[tiles.tokens()];
        int[] ends = new int[tiles.tokens()];
        int[] visibleEnds = new int[tiles.tokens()];
        for (int d = 0; d < documents.count(); d++) {
            int begin = documents.begin(d);
            int end = documents.end(d);
            Arrays.fill(firsts, begin, end, begin);
            Arrays.fill(ends, begin, end, end);
            for (int token = begin; token < end; token++) {
                visibleEnds[token] = documents.visibleEnd(d, token);
            }
        }
        StagedArguments arguments = device.newArguments();
        long mask = arguments.mask(call.dropout());
        boolean kept = tiles.scores() <= call.room();
        long probabilities = kept ? call.probabilities() : device.scratch().floats(Slot.PROBABILITIES, tiles.scores());
        long dropped;
        if (bf16) {
            dropped = kept
                    ? device.copies().room(probabilities, tiles.scores())
                    : device.scratch().get(Slot.DROPPED, tiles.scores() * Short.BYTES);
        } else {
            // Without dropout the probabilities themselves are the operand.
            dropped = mask == 0 ? probabilities : device.scratch().floats(Slot.DROPPED, tiles.scores());
        }
        return new Places(
                tiles,
                operand(call.qkv(), 3L * tiles.tokens() * tiles.hidden()),
                arguments.integers(firsts),
                arguments.integers(ends),
                arguments.integers(visibleEnds),
                mask,
                probabilities,
                dropped);
    }

    private long operand(long address, long length) {
        return bf16 ? device.copies().operand(address, length) : device.copies().floats(address, length);
    }

    /** What products read next: they write it as they will read it. */
    private long result(long address, long length) {
        return bf16 ? device.copies().writtenInstead(address, length) : address;
    }

    /** Writes the probabilities, and what dropout leaves of them. */
    private void probabilities(Places places) {
        AttentionTiles tiles = places.tiles();
        for (Batch batch : tiles.batches()) {
            scores(
                    places,
                    batch,
                    operand(places, batch, places.qkv(), places.columns(), 0),
                    transposed(operand(places, batch, places.qkv(), places.columns(), tiles.hidden())),
                    places.probabilities());
        }
        device.launch(
                "attentionSoftmax",
                aWarpARow(tiles),
                places.probabilities(),
                places.firsts(),
                places.ends(),
                places.visibleEnds(),
                tiles.heads(),
                tiles.tokens(),
                tiles.window(),
                places.scale(),
                places.mask(),
                floatsOfDropped(places),
                bf16 ? places.dropped() : NOWHERE);
    }

    /** From the gradient of what dropout left to the gradient of the scores; returns where it is, as an operand. */
    private long softmaxBackward(Places places, long dDropped) {
        AttentionTiles tiles = places.tiles();
        long rounded = bf16 ? device.scratch().get(Slot.BF16_D_SCORES, tiles.scores() * Short.BYTES) : NOWHERE;
        device.launch(
                "attentionSoftmaxBackward",
                aWarpARow(tiles),
                places.probabilities(),
                dDropped,
                rounded,
                places.firsts(),
                places.ends(),
                places.visibleEnds(),
                tiles.heads(),
                tiles.tokens(),
                tiles.window(),
                places.scale(),
                places.mask(),
                floatsOfDropped(places),
                // What dropout left is still there in bf16.
                NOWHERE);
        return bf16 ? rounded : dDropped;
    }

    private long floatsOfDropped(Places places) {
        return bf16 || places.dropped() == places.probabilities() ? NOWHERE : places.dropped();
    }

    /** Tiles = a · b, of rows of tokens; always float. */
    private void scores(Places places, Batch batch, Operand a, Operand b, long tiles) {
        multiply(
                batch,
                batch.length(),
                places.tiles().headSize(),
                a,
                b,
                tile(places, batch, tiles, false, Float.BYTES),
                false);
    }

    /** Rows of tokens = a tile · rows of tokens. */
    private void product(Places places, Batch batch, Operand tile, Operand rows, Operand result) {
        multiply(batch, places.tiles().headSize(), batch.length(), tile, rows, result, bf16);
    }

    private void multiply(Batch batch, int columns, int inner, Operand a, Operand b, Operand c, boolean intoBf16) {
        device.driver()
                .multiply(new MatrixProduct(
                        numbers, batch.length(), columns, inner, 1, a, b, 0, c, batch.count(), intoBf16, NO_BIAS));
    }

    private Operand operand(Places places, Batch batch, long matrix, int columns, int firstColumn) {
        AttentionTiles tiles = places.tiles();
        long start = tiles.start(batch, columns) + firstColumn;
        return new Operand(matrix + start * numbers.bytes(), false, columns, tiles.stride(batch, columns));
    }

    private static Operand transposed(Operand operand) {
        return new Operand(operand.address(), true, operand.leading(), operand.stride());
    }

    private Operand operandTile(Places places, Batch batch, long matrix, boolean transposed) {
        return tile(places, batch, matrix, transposed, numbers.bytes());
    }

    private static Operand tile(Places places, Batch batch, long matrix, boolean transposed, int elementBytes) {
        AttentionTiles tiles = places.tiles();
        long address = matrix + tiles.scoreStart(batch) * elementBytes;
        return new Operand(address, transposed, tiles.window(), tiles.scoreStride(batch));
    }

    private static LaunchGeometry aWarpARow(AttentionTiles tiles) {
        long rows = (long) tiles.heads() * tiles.tokens();
        return LaunchGeometry.rows(
                (int) Math.min(MOST_BLOCKS, LaunchGeometry.ceilDivide(rows, WARPS_OF_A_BLOCK)), LaunchGeometry.THREADS);
    }
}
