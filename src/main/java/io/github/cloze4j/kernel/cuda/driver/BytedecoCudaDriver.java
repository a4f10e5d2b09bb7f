package io.github.cloze4j.kernel.cuda.driver;

import static io.github.cloze4j.kernel.cuda.driver.CudaStatus.check;
import static org.bytedeco.cuda.global.cudart.*;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.FreeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.jspecify.annotations.Nullable;

/** The first CUDA device, through the driver's interface, NVRTC and cuBLAS. */
final class BytedecoCudaDriver implements CudaDriver {
    private static final int FIRST_DEVICE = 0;
    private static final int MOST_PARAMETERS = 32;
    private static final int NAME_BYTES = 256;

    /** A kernel gets no more dynamic shared memory without asking for it. */
    private static final int COMMON_SHARED_BYTES = 48 * 1024;

    private static final long INT_BITS = 0xFFFF_FFFFL;
    private static final int MOST_ROWS_AT_A_TIME = 128;
    private static final long NO_COPY = 0;

    private final CUctx_st context = new CUctx_st();
    private final CUstream_st stream = new CUstream_st();
    private final CUmod_st module = new CUmod_st();
    private final CudaDevice device;
    private final long workspace;
    private final CublasLtProducts products;
    private final CublasProducts otherProducts;
    private final Map<String, Function> functions = new HashMap<>();
    private final LongPointer values = new LongPointer(MOST_PARAMETERS);
    private final PointerPointer<Pointer> parameters = new PointerPointer<>(MOST_PARAMETERS);
    private @Nullable Thread current;
    private boolean capturing;

    /** Takes the device, and compiles the kernels for it where the cache has none. */
    BytedecoCudaDriver(BinaryCache cache) {
        check(cuInit(0), "cuInit");
        check(cuDevicePrimaryCtxRetain(context, handle(FIRST_DEVICE)), "cuDevicePrimaryCtxRetain");
        makeCurrent();
        check(cuStreamCreate(stream, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
        workspace = allocate(CublasLtProducts.WORKSPACE_BYTES);
        products = new CublasLtProducts(stream, workspace);
        otherProducts = new CublasProducts(stream);
        device = describe(FIRST_DEVICE, "driver for CUDA " + driverVersion() + ", cuBLAS " + otherProducts.version());
        KernelSources sources = KernelSources.read();
        byte[] binary = cache.get(KernelCompiler.key(sources, device), () -> KernelCompiler.compile(sources, device));
        try (BytePointer image = new BytePointer(binary)) {
            check(cuModuleLoadData(module, image), "cuModuleLoadData of the compiled kernels");
        }
        for (int i = 0; i < MOST_PARAMETERS; i++) {
            parameters.put(i, values.getPointer(i));
        }
    }

    /** A kernel, and the dynamic shared memory that it has been allowed. */
    private static final class Function {
        private final CUfunc_st handle;
        private int sharedBytes = COMMON_SHARED_BYTES;

        Function(CUfunc_st handle) {
            this.handle = handle;
        }

        void allow(int bytes, String kernel) {
            if (bytes > sharedBytes) {
                check(
                        cuFuncSetAttribute(handle, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes),
                        bytes + " bytes of shared memory for " + kernel);
                sharedBytes = bytes;
            }
        }
    }

    /** All devices that the driver knows. */
    static List<CudaDevice> devices() {
        check(cuInit(0), "cuInit");
        int[] count = new int[1];
        check(cuDeviceGetCount(count), "cuDeviceGetCount");
        List<CudaDevice> devices = new ArrayList<>();
        for (int i = 0; i < count[0]; i++) {
            devices.add(describe(i, "driver for CUDA " + driverVersion()));
        }
        return devices;
    }

    private static int handle(int ordinal) {
        int[] handle = new int[1];
        check(cuDeviceGet(handle, ordinal), "cuDeviceGet of device " + ordinal);
        return handle[0];
    }

    private static CudaDevice describe(int ordinal, String libraries) {
        int handle = handle(ordinal);
        byte[] name = new byte[NAME_BYTES];
        check(cuDeviceGetName(name, name.length, handle), "cuDeviceGetName");
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new CudaDevice(
                new String(name, 0, length, StandardCharsets.US_ASCII),
                attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, handle),
                attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, handle),
                libraries);
    }

    private static int attribute(int which, int handle) {
        int[] value = new int[1];
        check(cuDeviceGetAttribute(value, which, handle), "cuDeviceGetAttribute");
        return value[0];
    }

    private static String driverVersion() {
        int[] version = new int[1];
        check(cuDriverGetVersion(version), "cuDriverGetVersion");
        return version[0] / 1000 + "." + version[0] % 1000 / 10;
    }

    /** A context is a thread's own; kernels may move from one to another. */
    private void makeCurrent() {
        Thread thread = Thread.currentThread();
        if (current != thread) {
            check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
            current = thread;
        }
    }

    /** Before what a graph cannot hold: CUDA would refuse it too, or run it at once as if it had its place before the graph. */
    private void queueing() {
        if (capturing) {
            throw new BackendException(
                    "Expected nothing but launches, products and zeros in a graph. Received: a copy, memory"
                            + " to make or to free, or a wait. Ask for it before or after the graph");
        }
        makeCurrent();
    }

    @Override
    public CudaDevice device() {
        return device;
    }

    @Override
    public CudaMemory memory() {
        makeCurrent();
        try (SizeTPointer free = new SizeTPointer(1);
                SizeTPointer total = new SizeTPointer(1)) {
            check(cuMemGetInfo(free, total), "cuMemGetInfo");
            return new CudaMemory(free.get(), total.get());
        }
    }

    @Override
    public long allocate(long bytes) {
        queueing();
        long[] address = new long[1];
        check(cuMemAlloc(address, bytes), "cuMemAlloc of " + FreeMemory.readable(bytes));
        return address[0];
    }

    @Override
    public void free(long address) {
        synchronize();
        check(cuMemFree(address), "cuMemFree");
    }

    @Override
    public void zero(long address, long bytes) {
        makeCurrent();
        check(cuMemsetD8Async(address, (byte) 0, bytes, stream), "cuMemsetD8Async");
    }

    @Override
    public ByteBuffer allocateHost(int bytes) {
        queueing();
        BytePointer memory = new BytePointer();
        check(cuMemAllocHost(memory, bytes), "cuMemAllocHost of " + bytes + " bytes");
        return memory.capacity(bytes).asByteBuffer().order(ByteOrder.nativeOrder());
    }

    @Override
    public void freeHost(ByteBuffer memory) {
        queueing();
        check(cuMemFreeHost(hostMemory(memory.duplicate().clear())), "cuMemFreeHost");
    }

    @Override
    public void upload(ByteBuffer from, long to) {
        queueing();
        check(cuMemcpyHtoDAsync(to, hostMemory(from), from.remaining(), stream), "cuMemcpyHtoDAsync");
    }

    @Override
    public void download(long from, ByteBuffer to) {
        queueing();
        check(cuMemcpyDtoHAsync(hostMemory(to), from, to.remaining(), stream), "cuMemcpyDtoHAsync");
    }

    @Override
    public CudaEvent event() {
        queueing();
        return new BytedecoEvent(stream, this::queueing);
    }

    /** Relaxed: what cuBLAS or the loader of kernels may do beside the queue is no part of the graph. */
    @Override
    public CapturedGraph capture(Runnable work) {
        queueing();
        check(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_RELAXED), "cuStreamBeginCapture");
        capturing = true;
        CUgraph_st graph = new CUgraph_st();
        int status;
        boolean complete = false;
        try {
            work.run();
            complete = true;
        } finally {
            capturing = false;
            status = cuStreamEndCapture(stream, graph);
            if (!complete && status == CUDA_SUCCESS) {
                cuGraphDestroy(graph);
            }
        }
        check(status, "cuStreamEndCapture");
        return new BytedecoGraph(graph, stream);
    }

    private static Pointer hostMemory(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("Expected a direct buffer. Received: one on the heap");
        }
        return new Pointer(buffer.slice());
    }

    @Override
    public void launch(String kernel, LaunchGeometry geometry, Object... arguments) {
        makeCurrent();
        Function function = functions.computeIfAbsent(kernel, this::load);
        function.allow(geometry.sharedBytes(), kernel);
        for (int i = 0; i < arguments.length; i++) {
            values.put(i, bits(arguments[i]));
        }
        check(
                cuLaunchKernel(
                        function.handle,
                        geometry.gridX(),
                        geometry.gridY(),
                        1,
                        geometry.threads(),
                        1,
                        1,
                        geometry.sharedBytes(),
                        stream,
                        parameters,
                        null),
                "the launch of " + kernel);
    }

    private Function load(String kernel) {
        CUfunc_st handle = new CUfunc_st();
        check(cuModuleGetFunction(handle, module, kernel), "cuModuleGetFunction of " + kernel);
        return new Function(handle);
    }

    /** Little endian, as all platforms of CUDA are: a parameter is the first bytes of its eight. */
    private static long bits(Object argument) {
        if (argument instanceof Long value) {
            return value;
        } else if (argument instanceof Integer value) {
            return value & INT_BITS;
        } else if (argument instanceof Float value) {
            return Float.floatToRawIntBits(value) & INT_BITS;
        } else if (argument instanceof Double value) {
            return Double.doubleToRawLongBits(value);
        }
        throw new BackendException("Expected an int, long, float or double. Received: " + argument.getClass());
    }

    @Override
    public void multiply(MatrixProduct product) {
        makeCurrent();
        if (!products.multiply(product)) {
            otherProducts.multiply(product);
            if (product.bias() != 0) {
                addBias(product);
            }
        }
    }

    private void addBias(MatrixProduct product) {
        launch(
                "biasAdd",
                LaunchGeometry.columns(product.columns(), Math.min(product.rows(), MOST_ROWS_AT_A_TIME)),
                product.c().address(),
                product.bias(),
                product.rows(),
                product.columns(),
                NO_COPY);
    }

    @Override
    public void synchronize() {
        queueing();
        check(cuStreamSynchronize(stream), "the work on " + device.name());
    }

    @Override
    public void close() {
        makeCurrent();
        synchronize();
        products.close();
        otherProducts.close();
        check(cuMemFree(workspace), "cuMemFree of the workspace");
        check(cuModuleUnload(module), "cuModuleUnload");
        check(cuStreamDestroy(stream), "cuStreamDestroy");
        check(cuDevicePrimaryCtxRelease(handle(FIRST_DEVICE)), "cuDevicePrimaryCtxRelease");
        values.close();
        parameters.close();
    }
}
