/** BERT: its configuration, its embeddings and encoder, what a head is, and passes over batches. */
@NullMarked
package io.github.cloze4j.model;

import org.jspecify.annotations.NullMarked;
