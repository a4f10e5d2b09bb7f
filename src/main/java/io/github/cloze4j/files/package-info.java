/** Files that are read with suspicion and written so that a crash leaves the former content: bounded reads, strict JSON, atomic replacement, locks. */
@NullMarked
package io.github.cloze4j.files;

import org.jspecify.annotations.NullMarked;
