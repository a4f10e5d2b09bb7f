/** Counter-based random numbers: every draw is a function of a seed, a purpose and a position. */
@NullMarked
package io.github.cloze4j.random;

import org.jspecify.annotations.NullMarked;
