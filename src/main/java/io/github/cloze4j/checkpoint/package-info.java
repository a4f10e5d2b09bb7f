/** Files that survive crashes: safetensors, training checkpoints with checksums, and atomic replacement; TensorFlow's checksum. */
@NullMarked
package io.github.cloze4j.checkpoint;

import org.jspecify.annotations.NullMarked;
