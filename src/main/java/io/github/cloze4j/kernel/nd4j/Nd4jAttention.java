package io.github.cloze4j.kernel.nd4j;

import static io.github.cloze4j.kernel.nd4j.Nd4jKernels.multiply;

import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.DropoutMask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Attention within documents. Calls into ND4J cost more than small products, so neighbouring documents are taken together
 * as a group and computed as one dense block, in which scores between different documents are set to minus infinity.
 */
final class Nd4jAttention {
    /** Stands for minus infinity: its exponential is 0, and differences of it are numbers. */
    private static final double EXCLUDED = -1e9;

    private final Scratch scratch;
    private int[] plannedOffsets = {};
    private long plannedLimit;
    private List<Group> groups = List.of();

    /** Neighbouring documents: tokens {@code [start, start + length)}; scores between them are in {@code mask}. */
    private record Group(int start, int length, int[] offsets, INDArray mask) {
        int documents() {
            return offsets.length - 1;
        }
    }

    Nd4jAttention(Scratch scratch) {
        this.scratch = scratch;
    }

    void forward(
            INDArray qkv, int[] documentOffsets, int heads, Dropout dropout, INDArray probabilities, INDArray context) {
        int tokens = Math.toIntExact(qkv.size(0));
        long hidden = qkv.size(1) / 3;
        long size = hidden / heads;
        double scale = 1 / Math.sqrt(size);
        long stored = 0;
        for (Group group : groups(documentOffsets, probabilities.length() / ((long) heads * tokens))) {
            for (int head = 0; head < heads; head++) {
                INDArray q = block(qkv, group, head * size, size);
                INDArray k = block(qkv, group, hidden + head * size, size);
                INDArray v = block(qkv, group, 2 * hidden + head * size, size);
                INDArray p = square(probabilities, stored, group);
                stored += p.length();

                multiply(false, true, scale, q, k, 0, p);
                p.addi(group.mask());
                Nd4j.exec(new SoftMax(p, p, -1));
                INDArray dropped = dropped(p, Scratch.Slot.FIRST, group, head, tokens, dropout);
                multiply(false, false, 1, dropped, v, 0, block(context, group, head * size, size));
            }
        }
    }

    void backward(
            INDArray dContext,
            INDArray qkv,
            int[] documentOffsets,
            int heads,
            Dropout dropout,
            INDArray probabilities,
            INDArray dQkv) {
        int tokens = Math.toIntExact(qkv.size(0));
        long hidden = qkv.size(1) / 3;
        long size = hidden / heads;
        double scale = 1 / Math.sqrt(size);
        long stored = 0;
        for (Group group : groups(documentOffsets, probabilities.length() / ((long) heads * tokens))) {
            for (int head = 0; head < heads; head++) {
                INDArray q = block(qkv, group, head * size, size);
                INDArray k = block(qkv, group, hidden + head * size, size);
                INDArray v = block(qkv, group, 2 * hidden + head * size, size);
                INDArray p = square(probabilities, stored, group);
                stored += p.length();
                INDArray dOut = block(dContext, group, head * size, size);

                INDArray dropped = dropped(p, Scratch.Slot.FIRST, group, head, tokens, dropout);
                multiply(true, false, 1, dropped, dOut, 0, block(dQkv, group, 2 * hidden + head * size, size));
                INDArray dScores = scratch.like(Scratch.Slot.FIRST, p);
                multiply(false, true, 1, dOut, v, 0, dScores);
                drop(dScores, group, head, tokens, dropout);
                // softmax: dS = P · (dP − Σ dP·P)
                INDArray product = dScores.mul(p, scratch.like(Scratch.Slot.SECOND, p));
                dScores.subiColumnVector(product.sum(1)).muli(p);
                multiply(false, false, scale, dScores, k, 0, block(dQkv, group, head * size, size));
                multiply(true, false, scale, dScores, q, 0, block(dQkv, group, hidden + head * size, size));
            }
        }
    }

    /** A copy of p with dropout, or p itself where there is none. */
    private INDArray dropped(INDArray p, Scratch.Slot slot, Group group, int head, int tokens, Dropout dropout) {
        if (dropout.probability() == 0) {
            return p;
        }
        INDArray copy = scratch.like(slot, p).assign(p);
        drop(copy, group, head, tokens, dropout);
        return copy;
    }

    private static void drop(INDArray p, Group group, int head, int tokens, Dropout dropout) {
        if (dropout.probability() == 0) {
            return;
        }
        try (HostMatrix matrix = HostMatrix.of(p)) {
            double[] keys = new double[group.length()];
            for (int d = 0; d < group.documents(); d++) {
                int first = group.offsets()[d];
                int length = group.offsets()[d + 1] - first;
                for (int query = first; query < first + length; query++) {
                    int at = (query - group.start()) * group.length() + first - group.start();
                    matrix.read(at, keys, length);
                    DropoutMask.apply(dropout, DropoutMask.attentionIndex(head, tokens, query), keys, length);
                    matrix.write(at, keys, length);
                }
            }
        }
    }

    /** Tokens of a group, {@code size} columns from {@code column}. */
    private static INDArray block(INDArray matrix, Group group, long column, long size) {
        long stride = matrix.size(1);
        return Nd4j.create(
                matrix.data(),
                new long[] {group.length(), size},
                new long[] {stride, 1},
                matrix.offset() + group.start() * stride + column,
                'c');
    }

    private static INDArray square(INDArray flat, long start, Group group) {
        long length = group.length();
        return Nd4j.create(
                flat.data(), new long[] {length, length}, new long[] {length, 1}, flat.offset() + start, 'c');
    }

    /** Documents in groups of at most {@code limit} tokens; kept for the next call, which mostly asks for the same. */
    private List<Group> groups(int[] documentOffsets, long limit) {
        if (documentOffsets == plannedOffsets && limit == plannedLimit) {
            return groups;
        }
        List<Group> planned = new ArrayList<>();
        int first = 0;
        for (int d = 1; d < documentOffsets.length; d++) {
            boolean last = d == documentOffsets.length - 1;
            if (last || documentOffsets[d + 1] - documentOffsets[first] > limit) {
                planned.add(group(Arrays.copyOfRange(documentOffsets, first, d + 1)));
                first = d;
            }
        }
        groups = planned;
        plannedOffsets = documentOffsets;
        plannedLimit = limit;
        return groups;
    }

    private Group group(int[] offsets) {
        int start = offsets[0];
        int length = offsets[offsets.length - 1] - start;
        float[][] mask = new float[length][length];
        for (int d = 0; d + 1 < offsets.length; d++) {
            for (int query = offsets[d]; query < offsets[d + 1]; query++) {
                Arrays.fill(mask[query - start], (float) EXCLUDED);
                Arrays.fill(mask[query - start], offsets[d] - start, offsets[d + 1] - start, 0);
            }
        }
        return new Group(start, length, offsets, Nd4j.createFromArray(mask).castTo(scratch.type()));
    }
}
