/** Counter-examples of ArchitectureTest. */
@NullMarked
package io.github.cloze4j.architecture.bad.kernel.cuda.driver;

import org.jspecify.annotations.NullMarked;
