package io.github.cloze4j.kernel.nd4j;

import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.DropoutMask;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Attention of one document and head at a time, in Java and in double precision. Documents are short, and a call into ND4J
 * costs more than such small products. Documents run in parallel, since they are independent.
 */
final class HostAttention {
    private final HostMatrix qkv;
    private final HostMatrix probabilities;
    private final Documents documents;
    private final int heads;
    private final DropoutMask dropout;
    private final int tokens;
    private final int hidden;
    private final int size;
    private final int longest;
    private final double scale;

    /** One head of one document: rows {@code [first, first + length)} of the batch. */
    private record Head(
            int document, int first, int length, int head, double[] q, double[] k, double[] v, int probabilitiesAt) {}

    private HostAttention(HostMatrix qkv, HostMatrix probabilities, Documents documents, int heads, Dropout dropout) {
        this.qkv = qkv;
        this.probabilities = probabilities;
        this.documents = documents;
        this.heads = heads;
        this.dropout = DropoutMask.of(dropout);
        this.hidden = qkv.columns() / 3;
        this.tokens = documents.tokens();
        this.size = hidden / heads;
        this.longest = probabilities.columns() / (heads * tokens);
        this.scale = 1 / Math.sqrt(size);
    }

    static void forward(
            Nd4jThreads threads,
            INDArray qkv,
            Documents documents,
            int heads,
            Dropout dropout,
            INDArray probabilities,
            INDArray context) {
        try (HostMatrix in = HostMatrix.of(qkv);
                HostMatrix p = HostMatrix.of(probabilities);
                HostMatrix out = HostMatrix.of(context)) {
            HostAttention attention = new HostAttention(in, p, documents, heads, dropout);
            attention.forEachHead(threads, head -> attention.forward(head, out));
        }
    }

    static void backward(
            Nd4jThreads threads,
            INDArray dContext,
            INDArray qkv,
            Documents documents,
            int heads,
            Dropout dropout,
            INDArray probabilities,
            INDArray dQkv) {
        try (HostMatrix dOut = HostMatrix.of(dContext);
                HostMatrix in = HostMatrix.of(qkv);
                HostMatrix p = HostMatrix.of(probabilities);
                HostMatrix dIn = HostMatrix.of(dQkv)) {
            HostAttention attention = new HostAttention(in, p, documents, heads, dropout);
            attention.forEachHead(threads, head -> attention.backward(head, dOut, dIn));
        }
    }

    private interface HeadWork {
        void run(Head head);
    }

    private void forEachHead(Nd4jThreads threads, HeadWork work) {
        threads.forEach(documents.count(), document -> {
            int first = documents.begin(document);
            int length = documents.length(document);
            if (length > longest) {
                throw new IllegalArgumentException("Expected documents of at most " + longest
                        + " tokens, for which probabilities have room. Received: " + length);
            }
            for (int head = 0; head < heads; head++) {
                work.run(new Head(
                        document,
                        first,
                        length,
                        head,
                        columns(qkv, first, length, head * size),
                        columns(qkv, first, length, hidden + head * size),
                        columns(qkv, first, length, 2 * hidden + head * size),
                        (heads * first + head * length) * longest));
            }
        });
    }

    private void forward(Head h, HostMatrix context) {
        int n = h.length();
        double[] p = product(h.q(), h.k(), n, scale);
        for (int query = 0; query < n; query++) {
            int visible = documents.visibleEnd(h.document(), h.first() + query) - h.first();
            softmax(p, query * n, visible);
            Arrays.fill(p, query * n + visible, (query + 1) * n, 0);
        }
        probabilities.write(h.probabilitiesAt(), p, n * n);
        drop(p, h);
        writeColumns(context, h, h.head() * size, weightedRows(p, h.v(), n));
    }

    private void backward(Head h, HostMatrix dContext, HostMatrix dQkv) {
        int n = h.length();
        double[] p = new double[n * n];
        probabilities.read(h.probabilitiesAt(), p, n * n);
        double[] dOut = columns(dContext, h.first(), n, h.head() * size);

        // context = dropout(P) · V
        double[] dropped = p.clone();
        drop(dropped, h);
        double[] dV = weightedRows(transposed(dropped, n), dOut, n);
        double[] dScores = product(dOut, h.v(), n, 1);
        drop(dScores, h);
        // P = softmax(S):  dS = P · (dP − Σ dP·P)
        for (int query = 0; query < n; query++) {
            double sum = 0;
            for (int i = query * n; i < (query + 1) * n; i++) {
                sum += dScores[i] * p[i];
            }
            for (int i = query * n; i < (query + 1) * n; i++) {
                dScores[i] = scale * p[i] * (dScores[i] - sum);
            }
        }
        // S = Q · Kᵀ / √size
        writeColumns(dQkv, h, h.head() * size, weightedRows(dScores, h.k(), n));
        writeColumns(dQkv, h, hidden + h.head() * size, weightedRows(transposed(dScores, n), h.q(), n));
        writeColumns(dQkv, h, 2 * hidden + h.head() * size, dV);
    }

    private void drop(double[] p, Head h) {
        dropout.apply(DropoutMask.attentionIndex(h.head(), tokens, h.first()), p, p.length);
    }

    /** {@code factor · a · bᵀ}: a, b {@code [n, size]}, result {@code [n, n]}. */
    private double[] product(double[] a, double[] b, int n, double factor) {
        double[] bTransposed = new double[b.length];
        for (int row = 0; row < n; row++) {
            for (int column = 0; column < size; column++) {
                bTransposed[column * n + row] = b[row * size + column];
            }
        }
        double[] result = new double[n * n];
        for (int row = 0; row < n; row++) {
            for (int column = 0; column < size; column++) {
                addScaled(factor * a[row * size + column], bTransposed, column * n, result, row * n, n);
            }
        }
        return result;
    }

    /** {@code weights · rows}: weights {@code [n, n]}, rows and result {@code [n, size]}. */
    private double[] weightedRows(double[] weights, double[] rows, int n) {
        double[] result = new double[rows.length];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                addScaled(weights[i * n + j], rows, j * size, result, i * size, size);
            }
        }
        return result;
    }

    /** {@code y += a · x}: the loop that the compiler turns into vector instructions. */
    private static void addScaled(double a, double[] x, int xStart, double[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] += a * x[xStart + i];
        }
    }

    private static double[] transposed(double[] square, int n) {
        double[] result = new double[square.length];
        for (int row = 0; row < n; row++) {
            for (int column = 0; column < n; column++) {
                result[column * n + row] = square[row * n + column];
            }
        }
        return result;
    }

    private static void softmax(double[] x, int start, int count) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = start; i < start + count; i++) {
            max = Math.max(max, x[i]);
        }
        double sum = 0;
        for (int i = start; i < start + count; i++) {
            x[i] = Math.exp(x[i] - max);
            sum += x[i];
        }
        for (int i = start; i < start + count; i++) {
            x[i] /= sum;
        }
    }

    private double[] columns(HostMatrix matrix, int first, int length, int column) {
        double[] block = new double[length * size];
        double[] row = new double[size];
        for (int i = 0; i < length; i++) {
            matrix.read((first + i) * matrix.columns() + column, row, size);
            System.arraycopy(row, 0, block, i * size, size);
        }
        return block;
    }

    private void writeColumns(HostMatrix matrix, Head h, int column, double[] block) {
        double[] row = new double[size];
        for (int i = 0; i < h.length(); i++) {
            System.arraycopy(block, i * size, row, 0, size);
            matrix.write((h.first() + i) * matrix.columns() + column, row, size);
        }
    }
}
