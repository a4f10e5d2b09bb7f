/** Layers with hand-written backward passes, and the parameters they train. */
@NullMarked
package io.github.cloze4j.nn;

import org.jspecify.annotations.NullMarked;
