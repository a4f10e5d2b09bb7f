package io.github.cloze4j.train;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.ParameterStore;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A copy of the trained parameters of a model, where its kernels keep arrays. Not thread-safe. */
final class BestWeights implements AutoCloseable {
    private static final int PIECE_BYTES = 1 << 20;

    private final ParameterStore parameters;
    private final Arena copy;

    /** Takes the memory of the copy, whose numbers are 0 until {@link #keep}. */
    BestWeights(ParameterStore parameters) {
        this.parameters = parameters;
        copy = Arena.allocate(parameters.type(), parameters.trainedLength());
    }

    /** The copy, in the layout of the trained parameters. */
    Arena arena() {
        return copy;
    }

    /** Copies the parameters. */
    void keep() {
        copy(trained(), copy.flat());
    }

    /** Overwrites the parameters with the copy. */
    void restore() {
        copy(copy.flat(), trained());
    }

    private INDArray trained() {
        return parameters.values().view(0, parameters.trainedLength());
    }

    private void copy(INDArray from, INDArray to) {
        Kernels kernels = parameters.kernels();
        int width = parameters.type().width();
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES).order(ByteOrder.nativeOrder());
        kernels.exclusively(() -> {
            for (long done = 0; done < from.length(); done += PIECE_BYTES / width) {
                long count = Math.min(PIECE_BYTES / width, from.length() - done);
                piece.limit(Math.toIntExact(count * width));
                kernels.download(Arena.part(from, done, count), piece);
                kernels.upload(piece, Arena.part(to, done, count));
            }
            return this;
        });
    }

    @Override
    public void close() {
        parameters.kernels().exclusively(() -> {
            copy.close();
            return this;
        });
    }
}
