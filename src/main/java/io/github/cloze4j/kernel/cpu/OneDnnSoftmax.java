package io.github.cloze4j.kernel.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;

/** oneDNN's softmax; a primitive for each shape, made once in each thread. One for the process, as the threads are. */
final class OneDnnSoftmax implements RowSoftmax {
    private static final int MATRIX = 2;
    private static final int OPERANDS = 2;

    private static final class Holder {
        static final OneDnnSoftmax INSTANCE = new OneDnnSoftmax();
    }

    private final dnnl_engine engine = new dnnl_engine();
    private final dnnl_stream stream = new dnnl_stream();

    private OneDnnSoftmax() {
        check(dnnl_engine_create(engine, dnnl_cpu, 0));
        check(dnnl_stream_create(stream, engine, dnnl_stream_default_flags));
    }

    static OneDnnSoftmax instance() {
        return Holder.INSTANCE;
    }

    /** A primitive with its argument, whose memory is set for each use. */
    static final class Plan {
        private final dnnl_primitive primitive = new dnnl_primitive();
        private final dnnl_memory memory = new dnnl_memory();
        private final dnnl_exec_arg_t arguments = new dnnl_exec_arg_t(OPERANDS);

        private Plan(dnnl_engine engine, int rows, int columns) {
            dnnl_memory_desc shape = new dnnl_memory_desc();
            check(dnnl_memory_desc_create_with_tag(shape, MATRIX, new long[] {rows, columns}, dnnl_f32, dnnl_ab));
            dnnl_primitive_desc description = new dnnl_primitive_desc();
            check(dnnl_softmax_forward_primitive_desc_create(
                    description, engine, dnnl_forward_inference, dnnl_softmax_accurate, shape, shape, 1, null));
            check(dnnl_primitive_create(primitive, description));
            check(dnnl_primitive_desc_destroy(description));
            check(dnnl_memory_create(memory, shape, engine, null));
            check(dnnl_memory_desc_destroy(shape));
            arguments.position(0).arg(DNNL_ARG_SRC).memory(memory);
            arguments.position(1).arg(DNNL_ARG_DST).memory(memory);
            arguments.position(0);
        }
    }

    @Override
    public void apply(Worker worker, Floats x, int start, int rows, int columns) {
        long key = ((long) rows << Integer.SIZE) | columns;
        Plan plan = worker.softmaxes.get(key);
        if (plan == null) {
            plan = new Plan(engine, rows, columns);
            worker.softmaxes.put(key, plan);
        }
        check(dnnl_memory_set_data_handle(plan.memory, worker.a.at(x.address(start))));
        check(dnnl_primitive_execute(plan.primitive, stream, OPERANDS, plan.arguments));
    }

    private static void check(int status) {
        if (status != dnnl_success) {
            throw new IllegalStateException("Expected oneDNN's softmax to succeed. Received: status " + status);
        }
    }
}
