package io.github.cloze4j.kernel.cuda.driver;

/**
 * A GPU.
 *
 * @param name of the product
 * @param major of the compute capability
 * @param minor of the compute capability
 * @param libraries versions of what drives it, for the log
 */
public record CudaDevice(String name, int major, int minor, String libraries) {
    /** Tensor cores that multiply bf16 came with it. */
    private static final int AMPERE = 8;

    public boolean multipliesRounded() {
        return major >= AMPERE;
    }

    @Override
    public String toString() {
        return name + ", compute capability " + major + "." + minor + ", " + libraries;
    }
}
