/** The files of a tokenizer in the layout of Hugging Face: settings, added tokens, vocabulary and {@code tokenizer.json} are read and written. */
@NullMarked
package io.github.cloze4j.tokenizer.files;

import org.jspecify.annotations.NullMarked;
