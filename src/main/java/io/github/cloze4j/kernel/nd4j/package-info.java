/**
 * The portable kernels: plain ND4J on any of its backends, in float and in double. Slow and permanent: the oracle of
 * faster providers, the fallback, and the documentation of the mathematics.
 */
@NullMarked
package io.github.cloze4j.kernel.nd4j;

import org.jspecify.annotations.NullMarked;
