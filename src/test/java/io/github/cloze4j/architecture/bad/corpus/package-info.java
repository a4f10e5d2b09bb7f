/** Counter-examples of ArchitectureTest. */
@NullMarked
package io.github.cloze4j.architecture.bad.corpus;

import org.jspecify.annotations.NullMarked;
