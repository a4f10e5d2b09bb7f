/** The arithmetic of BERT behind one interface, its providers, and the arenas that every array is a view of. */
@NullMarked
package io.github.cloze4j.kernel;

import org.jspecify.annotations.NullMarked;
