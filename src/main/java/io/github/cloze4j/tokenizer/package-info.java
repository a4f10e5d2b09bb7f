/**
 * Text to token ids and back: BERT's cased and uncased WordPiece tokenizer, with offsets into the source text.
 *
 * <p>Ids and offsets equal those of Hugging Face's Rust tokenizer on every code point. Characters are code points; their
 * properties stand in {@code characters.txt}, so that a text has the same ids on every release of Java. Knows nothing of
 * corpora, batches or models.
 */
@NullMarked
package io.github.cloze4j.tokenizer;

import org.jspecify.annotations.NullMarked;
