/**
 * The only package that knows CUDA: {@link io.github.cloze4j.kernel.cuda.driver.CudaDriver} is one device with one queue,
 * implemented with {@code org.bytedeco.cuda}, which is optional on the class path. Compiling kernels, launching them, matrix
 * products, graphs and events belong here. Nothing here knows arrays, models or {@code Kernels}.
 */
@NullMarked
package io.github.cloze4j.kernel.cuda.driver;

import org.jspecify.annotations.NullMarked;
