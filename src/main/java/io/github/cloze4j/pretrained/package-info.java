/**
 * Whole models on disk: Hugging Face's directory layout in and out, Google's TensorFlow checkpoints in. Knows models, their
 * parameters and their tokenizer; training state belongs to {@code checkpoint}.
 */
@NullMarked
package io.github.cloze4j.pretrained;

import org.jspecify.annotations.NullMarked;
