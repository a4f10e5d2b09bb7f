/** Counter-examples of ArchitectureTest. */
@NullMarked
package io.github.cloze4j.architecture.bad.train;

import org.jspecify.annotations.NullMarked;
