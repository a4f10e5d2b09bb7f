/** Checkpoints that Google has published for TensorFlow: their archive, their files and their weights are read. */
@NullMarked
package io.github.cloze4j.pretrained.google;

import org.jspecify.annotations.NullMarked;
