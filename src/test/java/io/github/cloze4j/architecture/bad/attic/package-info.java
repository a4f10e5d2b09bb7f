/** Counter-examples of ArchitectureTest. */
@NullMarked
package io.github.cloze4j.architecture.bad.attic;

import org.jspecify.annotations.NullMarked;
