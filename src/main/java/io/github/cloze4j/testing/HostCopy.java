package io.github.cloze4j.testing;

import io.github.cloze4j.kernel.Kernels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The numbers of an array, wherever its kernels keep them: what is read is as new as the copy, what is put is uploaded. */
final class HostCopy {
    private final Kernels kernels;
    private final INDArray array;
    private final ByteBuffer bytes;

    /** Downloads them. */
    HostCopy(Kernels kernels, INDArray array) {
        this.kernels = kernels;
        this.array = array;
        int width = array.dataType().width();
        bytes = ByteBuffer.allocate(Math.toIntExact(Math.multiplyExact(array.length(), width)))
                .order(ByteOrder.nativeOrder());
        kernels.download(array, bytes);
    }

    int length() {
        return bytes.capacity() / array.dataType().width();
    }

    double get(int index) {
        return array.dataType() == DataType.FLOAT
                ? bytes.getFloat(index * Float.BYTES)
                : bytes.getDouble(index * Double.BYTES);
    }

    /** Uploads all numbers, this one changed. */
    void put(int index, double value) {
        if (array.dataType() == DataType.FLOAT) {
            bytes.putFloat(index * Float.BYTES, (float) value);
        } else {
            bytes.putDouble(index * Double.BYTES, value);
        }
        kernels.upload(bytes, array);
    }

    /** All numbers, rounded to float. */
    float[] toFloats() {
        float[] floats = new float[length()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) get(i);
        }
        return floats;
    }
}
