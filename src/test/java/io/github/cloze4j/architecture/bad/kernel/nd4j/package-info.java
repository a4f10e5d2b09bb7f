/** Counter-examples of ArchitectureTest. */
@NullMarked
package io.github.cloze4j.architecture.bad.kernel.nd4j;

import org.jspecify.annotations.NullMarked;
