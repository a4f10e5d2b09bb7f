/** Counter-examples of ArchitectureTest. */
@NullMarked
package io.github.cloze4j.architecture.bad.nn;

import org.jspecify.annotations.NullMarked;
