/** Counter-examples of ArchitectureTest. */
@NullMarked
package io.github.cloze4j.architecture.bad.model;

import org.jspecify.annotations.NullMarked;
