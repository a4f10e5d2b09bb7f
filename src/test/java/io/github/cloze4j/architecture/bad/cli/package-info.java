/** Counter-examples of ArchitectureTest. */
@NullMarked
package io.github.cloze4j.architecture.bad.cli;

import org.jspecify.annotations.NullMarked;
