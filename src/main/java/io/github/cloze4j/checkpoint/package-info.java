/** Checkpoints of training: a store of numbered directories with checksums, which resumes from the newest complete one. */
@NullMarked
package io.github.cloze4j.checkpoint;

import org.jspecify.annotations.NullMarked;
