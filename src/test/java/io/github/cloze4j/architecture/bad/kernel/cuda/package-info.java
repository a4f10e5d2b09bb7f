/** Counter-examples of ArchitectureTest. */
@NullMarked
package io.github.cloze4j.architecture.bad.kernel.cuda;

import org.jspecify.annotations.NullMarked;
