/** Counter-examples of ArchitectureTest. */
@NullMarked
package io.github.cloze4j.architecture.bad.inference;

import org.jspecify.annotations.NullMarked;
