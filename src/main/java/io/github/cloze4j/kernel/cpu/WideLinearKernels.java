package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.cpu.LinearKernels.Backward;
import io.github.cloze4j.kernel.cpu.LinearKernels.Gradients;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Linear layers with many more outputs than inputs, such as the decoder over the vocabulary. Their results are larger than
 * the caches, and memory is what they wait for. So they are cut into strips of columns that fit a core's cache: forward adds
 * the bias while a strip is there; backward reads each strip of dy once, for both products and the column sums.
 */
final class WideLinearKernels {
    /** Elements of a strip; half of a second-level cache of 1 MiB. */
    private static final int STRIP = 1 << 17;

    private static final int LINE = 16;

    /** Below so many outputs for an input, what backward adds up of dx would be larger than what it saves. */
    private static final int OUTPUTS_OF_AN_INPUT = 8;

    /** Elements of a result that the caches hold. */
    private static final int CACHED = 1 << 21;

    /** Shares of the strips for each thread, so that one that is late is not waited for long. */
    private static final int SHARES = 4;

    /** Elements of dx that are added up at a time. */
    private static final int BLOCK = 1 << 12;

    /** The worker's scratch that holds a strip of dy. */
    private static final int DY = 1;

    private final WorkerPool pool;
    private final Gemm gemm;
    private final Operands operands;
    private Floats partialSums = Floats.allocate(LINE);

    /** @param operands as {@code gemm} takes them */
    WideLinearKernels(WorkerPool pool, Gemm gemm, Operands operands) {
        this.pool = pool;
        this.gemm = gemm;
        this.operands = operands;
    }

    /** Whether a layer is wide. */
    static boolean suit(int tokens, int in, int out) {
        return out / in >= OUTPUTS_OF_AN_INPUT && (long) tokens * out > CACHED;
    }

    private static int stripColumns(int tokens) {
        return Math.max(LINE, STRIP / tokens / LINE * LINE);
    }

    /** {@code y = x · weightᵀ + bias}. */
    void forward(Floats x, Floats weight, Floats bias, int tokens, int in, int out, Floats y) {
        Operand left = operands.of(x, (long) tokens * in);
        Operand right = operands.weight(weight, (long) out * in);
        int width = stripColumns(tokens);
        pool.run((out + width - 1) / width, (strip, worker) -> {
            int column = strip * width;
            int columns = Math.min(width, out - column);
            gemm.multiply(
                    worker,
                    false,
                    true,
                    tokens,
                    columns,
                    in,
                    1,
                    left.address(0),
                    in,
                    right.address((long) column * in),
                    in,
                    0,
                    y.address(column),
                    out);
            Bias.add(worker, bias, y, out, 0, tokens, column, columns);
        });
    }

    /** {@code dx = dy · weight + beta · dx; dWeight += dyᵀ · x; dBias += } column sums of dy. */
    void backward(Backward of, float beta, Gradients gradients) {
        Floats dx = gradients.dx();
        Floats dWeight = gradients.dWeight();
        int tokens = of.tokens();
        int in = of.in();
        int out = of.out();
        Operand x = operands.of(of.x(), (long) tokens * in);
        Operand weight = operands.weight(of.weight(), (long) out * in);
        int width = stripColumns(tokens);
        int strips = (out + width - 1) / width;
        int shares = Math.min(strips, SHARES * pool.size());
        Floats partial = dx == null ? null : partialSums((long) shares * tokens * in);
        pool.run(shares, (share, worker) -> {
            int end = (int) ((share + 1L) * strips / shares);
            int first = (int) ((long) share * strips / shares);
            for (int strip = first; strip < end; strip++) {
                int column = strip * width;
                int columns = Math.min(width, out - column);
                Operand dy = readStrip(worker, of, column, columns, gradients.dBias());
                long row = (long) column * in;
                if (partial != null) {
                    long sum = partial.address((long) share * tokens * in);
                    float kept = strip == first ? 0 : 1;
                    gemm.multiply(
                            worker,
                            false,
                            false,
                            tokens,
                            in,
                            columns,
                            1,
                            dy.address(0),
                            columns,
                            weight.address(row),
                            in,
                            kept,
                            sum,
                            in);
                }
                if (dWeight != null) {
                    gemm.multiply(
                            worker,
                            true,
                            false,
                            columns,
                            in,
                            tokens,
                            1,
                            dy.address(0),
                            columns,
                            x.address(0),
                            in,
                            1,
                            dWeight.address(row),
                            in);
                }
            }
        });
        if (partial != null && dx != null) {
            addUp(partial, shares, (long) tokens * in, beta, dx);
        }
    }

    /** A strip of dy without gaps, as an operand; its column sums are added to the gradient of a bias that is trained. */
    private Operand readStrip(Worker worker, Backward of, int column, int columns, @Nullable Floats dBias) {
        int tokens = of.tokens();
        Floats strip = worker.scratch(DY, operands.room(tokens * columns));
        int most = Math.min(tokens, Bias.blockRows(columns));
        float[] total = worker.block(0, most * columns);
        float[] block = worker.block(1, most * columns);
        Arrays.fill(total, 0, most * columns, 0);
        for (int done = 0; done < tokens; done += most) {
            int count = Math.min(most, tokens - done);
            of.dy().readRows((long) done * of.out() + column, of.out(), block, columns, count);
            Sums.add(block, total, columns * count);
            strip.write((long) done * columns, block, columns * count);
        }
        if (dBias != null) {
            Bias.addRows(worker, total, most, column, columns, dBias);
        }
        return operands.ofScratch(worker, 0, strip, 0, tokens * columns);
    }

    /** {@code dx = beta · dx + } the sum of partial sums, in their order. */
    private void addUp(Floats partial, int shares, long length, float beta, Floats dx) {
        pool.run(Math.toIntExact((length + BLOCK - 1) / BLOCK), (item, worker) -> {
            long start = (long) item * BLOCK;
            int count = (int) Math.min(BLOCK, length - start);
            float[] sum = worker.block(0, BLOCK);
            float[] block = worker.block(1, BLOCK);
            if (beta == 0) {
                Arrays.fill(sum, 0, count, 0);
            } else {
                dx.read(start, sum, count);
                DropoutKernels.scale(beta, sum, count);
            }
            for (int share = 0; share < shares; share++) {
                partial.read(share * length + start, block, count);
                Sums.add(block, sum, count);
            }
            dx.write(start, sum, count);
        });
    }

    private Floats partialSums(long length) {
        if (partialSums.length() < length) {
            partialSums.free();
            partialSums = Floats.allocate(length);
        }
        return partialSums;
    }
}
