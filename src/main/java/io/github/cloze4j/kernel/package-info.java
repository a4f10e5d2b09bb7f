/**
 * The arithmetic of BERT behind one interface, its providers, and the arenas that every array is a view of. Kernels may compute
 * beside the host: what they tell it is {@link io.github.cloze4j.kernel.Pending} until it is read.
 */
@NullMarked
package io.github.cloze4j.kernel;

import org.jspecify.annotations.NullMarked;
