package io.github.cloze4j.pretrained;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.tensors.TensorSource;
import io.github.cloze4j.tensors.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A parameter of a model as an F32 tensor, rounded if the model computes in double precision.
 *
 * @param name the tensor's name, which may differ from the parameter's
 * @param kernels the kernels of the model
 */
public record SinglePrecision(String name, Parameter parameter, Kernels kernels) implements TensorSource {
    @Override
    public TensorType type() {
        return TensorType.F32;
    }

    @Override
    public long[] shape() {
        return parameter.shape();
    }

    @Override
    public void read(long position, ByteBuffer into) {
        int count = into.remaining() / Float.BYTES;
        INDArray part = Arena.part(parameter.value(), position / Float.BYTES, count);
        if (part.dataType() == DataType.FLOAT && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
            kernels.download(part, into);
            return;
        }
        int width = part.dataType().width();
        ByteBuffer values = ParameterBytes.allocate(count, width);
        kernels.download(part, values);
        ByteBuffer rounded = into.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            rounded.putFloat(width == Float.BYTES ? values.getFloat() : (float) values.getDouble());
        }
    }
}
