/**
 * The provider for NVIDIA GPUs: the {@code .cu} sources among the resources, compiled for the GPU at hand, and cuBLASLt. Only
 * {@link io.github.cloze4j.kernel.cuda.BytedecoCudaDriver} and what it is made of know {@code org.bytedeco.cuda}, which is
 * optional; all else goes through {@link io.github.cloze4j.kernel.cuda.CudaDriver}. All that is asked for goes into one queue,
 * which the host waits for where it reads something; a training step goes there as one graph.
 */
@NullMarked
package io.github.cloze4j.kernel.cuda;

import org.jspecify.annotations.NullMarked;
