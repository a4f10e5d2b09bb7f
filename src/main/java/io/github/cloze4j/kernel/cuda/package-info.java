/**
 * The provider for NVIDIA GPUs: the operations of {@link io.github.cloze4j.kernel.Kernels} as launches of the {@code .cu}
 * kernels among the resources and as matrix products. {@link io.github.cloze4j.kernel.cuda.memory} says where arrays are on
 * the device; {@link io.github.cloze4j.kernel.cuda.driver} talks to CUDA. Each {@code CudaKernels} owns one queue of work.
 * The host waits for the queue only when it reads a result; a training step enters the queue as one graph.
 */
@NullMarked
package io.github.cloze4j.kernel.cuda;

import org.jspecify.annotations.NullMarked;
