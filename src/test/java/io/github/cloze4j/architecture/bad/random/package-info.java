/** Counter-examples of ArchitectureTest. */
@NullMarked
package io.github.cloze4j.architecture.bad.random;

import org.jspecify.annotations.NullMarked;
