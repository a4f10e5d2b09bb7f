/** Counter-examples of ArchitectureTest. */
@NullMarked
package io.github.cloze4j.architecture.bad.checkpoint;

import org.jspecify.annotations.NullMarked;
