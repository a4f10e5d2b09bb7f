package io.github.cloze4j.kernel.cuda.driver;

import io.github.cloze4j.BackendException;
import java.nio.charset.StandardCharsets;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/** Turns the status that every call of CUDA's libraries returns into an exception that names it. */
final class CudaStatus {
    private CudaStatus() {}

    /** Of the driver. */
    static void check(int status, String what) {
        if (status != cudart.CUDA_SUCCESS) {
            throw failure(what, driverName(status), adviceFor(status));
        }
    }

    /** Of cuBLAS. */
    static void checkBlas(int status, String what) {
        if (status != cublas.CUBLAS_STATUS_SUCCESS) {
            throw failure(
                    what,
                    cublas.cublasGetStatusName(status).getString(StandardCharsets.US_ASCII),
                    "Use the CUDA 13 libraries that the driver of this GPU supports; where memory is short, a smaller"
                            + " batch");
        }
    }

    /** Of the compiler. */
    static void checkCompiler(int status, String what, String log) {
        if (status != nvrtc.NVRTC_SUCCESS) {
            throw failure(
                    what,
                    nvrtc.nvrtcGetErrorString(status).getString(StandardCharsets.US_ASCII)
                            + (log.isBlank() ? "" : ": " + log.strip().replaceAll("\\s*\\R\\s*", " | ")),
                    "Install a CUDA 13 toolkit that knows this GPU, and set CUDA_HOME to it");
        }
    }

    private static BackendException failure(String what, String error, String advice) {
        return new BackendException("Expected " + what + " to succeed. Received: " + error + ". " + advice);
    }

    private static String driverName(int status) {
        try (PointerPointer<BytePointer> name = new PointerPointer<>(1);
                PointerPointer<BytePointer> text = new PointerPointer<>(1)) {
            boolean known = cudart.cuGetErrorName(status, name) == cudart.CUDA_SUCCESS
                    && cudart.cuGetErrorString(status, text) == cudart.CUDA_SUCCESS;
            return known
                    ? name.get(BytePointer.class, 0).getString(StandardCharsets.US_ASCII) + " ("
                            + text.get(BytePointer.class, 0).getString(StandardCharsets.US_ASCII) + ")"
                    : "CUDA error " + status;
        }
    }

    private static String adviceFor(int status) {
        return switch (status) {
            case cudart.CUDA_ERROR_OUT_OF_MEMORY ->
                "Use a smaller batch, a smaller model, or stop what else uses this GPU";
            case cudart.CUDA_ERROR_NO_DEVICE -> "Use --kernels cpu, or a machine with an NVIDIA GPU";
            case cudart.CUDA_ERROR_NO_BINARY_FOR_GPU, cudart.CUDA_ERROR_INVALID_IMAGE ->
                "Delete the cache of compiled kernels, whose place docs/gpu.md says";
            case cudart.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, cudart.CUDA_ERROR_UNSUPPORTED_PTX_VERSION ->
                "Install an NVIDIA driver for CUDA 13";
            default ->
                "The device's state is lost after such an error: start again from the last checkpoint, and report it with"
                        + " the output of doctor";
        };
    }
}
