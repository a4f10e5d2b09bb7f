/** The command {@code finetune} and what belongs to it. */
@NullMarked
package io.github.cloze4j.cli.finetune;

import org.jspecify.annotations.NullMarked;
