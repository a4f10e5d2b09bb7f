/** Files read with suspicion: bounded, in UTF-8, JSON without repeated keys. Every room may use it; it uses none. */
@NullMarked
package io.github.cloze4j.files;

import org.jspecify.annotations.NullMarked;
