/**
 * The fast kernels for a CPU: matrix products and softmax by oneDNN, everything else by Java loops that the compiler turns
 * into vector instructions, all on the arenas' own memory and on one pool of threads.
 *
 * <p>How it is built:
 *
 * <ul>
 *   <li>{@link io.github.cloze4j.kernel.cpu.WorkerPool} runs the items of an operation. Native products run inside an item,
 *       on one thread each, so that no second pool spins beside ours and a product's result is still in the cache for what
 *       follows it (bias, GELU).
 *   <li>What an item computes, and its boundaries, never depend on the number of threads: neither do the results, bit for
 *       bit.
 *   <li>Java's compiler vectorises loops on arrays, not on buffers: {@link io.github.cloze4j.kernel.cpu.Floats} copies
 *       blocks of the size of a first-level cache in and out. It does not vectorise sums, nor conversions between a float
 *       and its bits; where bits are needed they are copied through memory as {@code int[]}.
 * </ul>
 *
 * Only this package may use {@code org.bytedeco.dnnl} and {@code org.bytedeco.openblas}.
 */
@NullMarked
package io.github.cloze4j.kernel.cpu;

import org.jspecify.annotations.NullMarked;
