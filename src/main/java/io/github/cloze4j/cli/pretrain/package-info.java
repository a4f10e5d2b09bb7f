/** The command {@code pretrain}: its options, its output directory, where a run begins and how it goes on. */
@NullMarked
package io.github.cloze4j.cli.pretrain;

import org.jspecify.annotations.NullMarked;
