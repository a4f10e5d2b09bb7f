/** Training: configuration, state, the step, evaluation, listeners. */
@NullMarked
package io.github.cloze4j.train;

import org.jspecify.annotations.NullMarked;
