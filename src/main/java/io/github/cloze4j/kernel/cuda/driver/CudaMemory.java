package io.github.cloze4j.kernel.cuda.driver;

/**
 * Memory of a device in bytes.
 *
 * @param free at this moment, other processes' use taken off
 * @param total of the device
 */
public record CudaMemory(long free, long total) {}
