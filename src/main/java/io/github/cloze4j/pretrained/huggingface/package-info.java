/** Model directories in the layout of Hugging Face: configuration, weights and tokenizer are read, written and extended by new tokens. */
@NullMarked
package io.github.cloze4j.pretrained.huggingface;

import org.jspecify.annotations.NullMarked;
