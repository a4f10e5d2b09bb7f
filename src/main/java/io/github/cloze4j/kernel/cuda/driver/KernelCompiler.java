package io.github.cloze4j.kernel.cuda.driver;

import static org.bytedeco.cuda.global.nvrtc.*;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/** NVRTC: compiles the kernels for one architecture. */
final class KernelCompiler {
    private KernelCompiler() {}

    /** Of the library that was loaded. */
    static String version() {
        int[] major = new int[1];
        int[] minor = new int[1];
        CudaStatus.checkCompiler(nvrtcVersion(major, minor), "NVRTC to say its version", "");
        return major[0] + "." + minor[0];
    }

    /** All that compiled kernels depend on. */
    static String key(KernelSources sources, CudaDevice device) {
        return "sm" + device.major() + device.minor() + "-nvrtc" + version() + "-" + sources.digest();
    }

    /** Machine code. */
    static byte[] compile(KernelSources sources, CudaDevice device) {
        String[] names = sources.headers().keySet().toArray(new String[0]);
        String[] texts = sources.headers().values().toArray(new String[0]);
        _nvrtcProgram program = new _nvrtcProgram();
        try (BytePointer main = new BytePointer(sources.main(), StandardCharsets.UTF_8);
                BytePointer name = new BytePointer(KernelSources.MAIN, StandardCharsets.UTF_8);
                PointerPointer<BytePointer> headers = new PointerPointer<>(texts, StandardCharsets.UTF_8);
                PointerPointer<BytePointer> headerNames = new PointerPointer<>(names, StandardCharsets.UTF_8)) {
            CudaStatus.checkCompiler(
                    nvrtcCreateProgram(program, main, name, names.length, headers, headerNames),
                    "nvrtcCreateProgram",
                    "");
            try {
                return compile(program, options(device));
            } finally {
                CudaStatus.checkCompiler(nvrtcDestroyProgram(program), "nvrtcDestroyProgram", "");
            }
        }
    }

    private static byte[] compile(_nvrtcProgram program, String[] options) {
        try (PointerPointer<BytePointer> given = new PointerPointer<>(options, StandardCharsets.UTF_8);
                SizeTPointer size = new SizeTPointer(1)) {
            int status = nvrtcCompileProgram(program, options.length, given);
            CudaStatus.checkCompiler(
                    status, "NVRTC to compile the kernels", status == NVRTC_SUCCESS ? "" : log(program));
            CudaStatus.checkCompiler(nvrtcGetCUBINSize(program, size), "nvrtcGetCUBINSize", "");
            byte[] binary = new byte[Math.toIntExact(size.get())];
            CudaStatus.checkCompiler(nvrtcGetCUBIN(program, binary), "nvrtcGetCUBIN", "");
            return binary;
        }
    }

    private static String log(_nvrtcProgram program) {
        try (SizeTPointer size = new SizeTPointer(1)) {
            CudaStatus.checkCompiler(nvrtcGetProgramLogSize(program, size), "nvrtcGetProgramLogSize", "");
            byte[] text = new byte[Math.toIntExact(size.get())];
            CudaStatus.checkCompiler(nvrtcGetProgramLog(program, text), "nvrtcGetProgramLog", "");
            // It ends in a zero.
            return new String(text, 0, Math.max(0, text.length - 1), StandardCharsets.UTF_8);
        }
    }

    private static String[] options(CudaDevice device) {
        List<String> options = new ArrayList<>();
        options.add("--gpu-architecture=sm_" + device.major() + device.minor());
        options.add("--std=c++17");
        toolkits()
                .map(toolkit -> toolkit.resolve("include"))
                .filter(include -> Files.isRegularFile(include.resolve("cuda_bf16.h")))
                .limit(1)
                .forEach(include -> options.add("--include-path=" + include));
        return options.toArray(new String[0]);
    }

    /** Where toolkits are looked for: the header of bf16 is theirs, not NVRTC's own. */
    private static Stream<Path> toolkits() {
        return Stream.of(System.getenv("CUDA_HOME"), System.getenv("CUDA_PATH"), "/usr/local/cuda", "/usr")
                .filter(directory -> directory != null && !directory.isEmpty())
                .map(Path::of);
    }
}
