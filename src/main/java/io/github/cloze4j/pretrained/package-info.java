/**
 * Whole models on disk: Hugging Face's directory layout in and out, Google's checkpoints in, ONNX out; and new tokens for a
 * model that exists. Knows models, their parameters and their tokenizer; training state belongs to {@code checkpoint}.
 */
@NullMarked
package io.github.cloze4j.pretrained;

import org.jspecify.annotations.NullMarked;
