/** Counter-examples of ArchitectureTest. */
@NullMarked
package io.github.cloze4j.architecture.bad.tokenizer;

import org.jspecify.annotations.NullMarked;
