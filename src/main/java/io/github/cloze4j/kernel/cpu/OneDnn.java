package io.github.cloze4j.kernel.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;

/** oneDNN's engine and the primitives that we make with it; one for the process. */
final class OneDnn {
    /** Stands for a size or a stride that each execution says anew. */
    private static final long ANY = Long.MIN_VALUE;

    private static final int MATRIX = 2;
    private static final int PRODUCT_ARGUMENTS = 3;

    private final dnnl_engine engine = new dnnl_engine();
    private final dnnl_stream stream = new dnnl_stream();

    private OneDnn() {
        check(dnnl_engine_create(engine, dnnl_cpu, 0));
        check(dnnl_stream_create(stream, engine, dnnl_stream_default_flags));
    }

    private static final class Holder {
        static final OneDnn INSTANCE = new OneDnn();
    }

    static OneDnn instance() {
        return Holder.INSTANCE;
    }

    /** Whether the processor multiplies bfloat16 in hardware. */
    static boolean multipliesBf16() {
        int features = dnnl_get_effective_cpu_isa();
        return (features & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
    }

    /** Memory of one shape, whose place is said for each use; for one thread. */
    static final class Memory {
        private final dnnl_memory memory = new dnnl_memory();

        private Memory(dnnl_engine engine, dnnl_memory_desc shape) {
            check(dnnl_memory_create(memory, shape, engine, null));
            check(dnnl_memory_desc_destroy(shape));
        }

        private void at(Worker.Operand place) {
            check(dnnl_memory_set_data_handle(memory, place));
        }

        /** Frees the description; the place is not its own. */
        void close() {
            check(dnnl_memory_destroy(memory));
        }
    }

    /** The arguments of a product; for one thread. */
    static final class Arguments {
        private final dnnl_exec_arg_t list;

        private Arguments(int count) {
            list = new dnnl_exec_arg_t(count);
        }

        /** Frees the list. */
        void close() {
            list.deallocate();
        }
    }

    /** What is computed from one operand into another, which may be the same place; for one thread. */
    static final class Unary {
        private final OneDnn oneDnn;
        private final dnnl_primitive primitive;
        private final Memory from;
        private final Memory to;
        private final dnnl_exec_arg_t arguments = new dnnl_exec_arg_t(2);

        private Unary(OneDnn oneDnn, dnnl_primitive primitive, Memory from, Memory to) {
            this.oneDnn = oneDnn;
            this.primitive = primitive;
            this.from = from;
            this.to = to;
            arguments.position(0).arg(DNNL_ARG_FROM).memory(from.memory);
            arguments.position(1).arg(DNNL_ARG_TO).memory(to.memory);
            arguments.position(0);
        }

        void run(Worker worker, long source, long target) {
            from.at(worker.a.at(source));
            to.at(worker.b.at(target));
            check(dnnl_primitive_execute(primitive, oneDnn.stream, 2, arguments));
        }

        /** Frees the primitive and what it runs with. */
        void close() {
            check(dnnl_primitive_destroy(primitive));
            from.close();
            to.close();
            arguments.deallocate();
        }
    }

    /** Softmax of each row of a matrix of floats. */
    Unary softmax(int rows, int columns) {
        dnnl_memory_desc shape = matrix(rows, columns, columns, false, dnnl_f32);
        dnnl_primitive_desc description = new dnnl_primitive_desc();
        check(dnnl_softmax_forward_primitive_desc_create(
                description, engine, dnnl_forward_inference, dnnl_softmax_accurate, shape, shape, 1, null));
        check(dnnl_memory_desc_destroy(shape));
        return new Unary(
                this,
                primitive(description),
                memory(rows, columns, columns, false, dnnl_f32),
                memory(rows, columns, columns, false, dnnl_f32));
    }

    /** A vector of floats rounded to bfloat16. */
    Unary toBf16(int length) {
        dnnl_memory_desc from = matrix(1, length, length, false, dnnl_f32);
        dnnl_memory_desc to = matrix(1, length, length, false, dnnl_bf16);
        dnnl_primitive_desc description = new dnnl_primitive_desc();
        check(dnnl_reorder_primitive_desc_create(description, from, engine, to, engine, null));
        check(dnnl_memory_desc_destroy(from));
        check(dnnl_memory_desc_destroy(to));
        return new Unary(
                this,
                primitive(description),
                memory(1, length, length, false, dnnl_f32),
                memory(1, length, length, false, dnnl_bf16));
    }

    /** A product of bfloat16 matrices of any size into floats. Any number of threads may run it. */
    dnnl_primitive bf16Product(boolean transposeA, boolean transposeB, boolean add) {
        dnnl_primitive_attr attributes = new dnnl_primitive_attr();
        check(dnnl_primitive_attr_create(attributes));
        if (add) {
            dnnl_post_ops sum = new dnnl_post_ops();
            check(dnnl_post_ops_create(sum));
            check(dnnl_post_ops_append_sum(sum, 1, 0, dnnl_data_type_undef));
            check(dnnl_primitive_attr_set_post_ops(attributes, sum));
            check(dnnl_post_ops_destroy(sum));
        }
        dnnl_memory_desc a = matrix(ANY, ANY, ANY, transposeA, dnnl_bf16);
        dnnl_memory_desc b = matrix(ANY, ANY, ANY, transposeB, dnnl_bf16);
        dnnl_memory_desc c = matrix(ANY, ANY, ANY, false, dnnl_f32);
        dnnl_primitive_desc description = new dnnl_primitive_desc();
        check(dnnl_matmul_primitive_desc_create(description, engine, a, b, null, c, attributes));
        check(dnnl_primitive_attr_destroy(attributes));
        check(dnnl_memory_desc_destroy(a));
        check(dnnl_memory_desc_destroy(b));
        check(dnnl_memory_desc_destroy(c));
        return primitive(description);
    }

    /** Runs a {@link #bf16Product} with the places that the worker's operands hold. */
    void multiply(dnnl_primitive product, Worker worker, Memory a, Memory b, Memory c) {
        a.at(worker.a);
        b.at(worker.b);
        c.at(worker.c);
        dnnl_exec_arg_t arguments = worker.team.arguments.of(worker.index, PRODUCT_ARGUMENTS, Arguments::new).list;
        arguments.position(0).arg(DNNL_ARG_SRC).memory(a.memory);
        arguments.position(1).arg(DNNL_ARG_WEIGHTS).memory(b.memory);
        arguments.position(2).arg(DNNL_ARG_DST).memory(c.memory);
        arguments.position(0);
        check(dnnl_primitive_execute(product, stream, PRODUCT_ARGUMENTS, arguments));
    }

    /** Memory of a matrix; transposed, it is stored by columns, which begin {@code stride} elements after each other. */
    Memory memory(long rows, long columns, long stride, boolean transposed, int type) {
        return new Memory(engine, matrix(rows, columns, stride, transposed, type));
    }

    private static dnnl_memory_desc matrix(long rows, long columns, long stride, boolean transposed, int type) {
        dnnl_memory_desc shape = new dnnl_memory_desc();
        long[] strides = transposed ? new long[] {1, stride} : new long[] {stride, 1};
        check(dnnl_memory_desc_create_with_strides(shape, MATRIX, new long[] {rows, columns}, type, strides));
        return shape;
    }

    private static dnnl_primitive primitive(dnnl_primitive_desc description) {
        dnnl_primitive primitive = new dnnl_primitive();
        check(dnnl_primitive_create(primitive, description));
        check(dnnl_primitive_desc_destroy(description));
        return primitive;
    }

    static void check(int status) {
        if (status != dnnl_success) {
            throw new IllegalStateException("Expected a call of oneDNN to succeed. Received: status " + status);
        }
    }
}
