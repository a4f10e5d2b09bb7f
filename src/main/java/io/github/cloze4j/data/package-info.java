/**
 * From documents to training batches.
 *
 * <p>{@link io.github.cloze4j.data.shards.DataPreparation} tokenizes documents into {@link io.github.cloze4j.data.shards.TokenShards}. An
 * epoch visits all segments in a seeded random order (or, where the {@link io.github.cloze4j.data.Objective} has pairs of
 * texts, all passages); windows of consecutive segments are packed into rows, rows are masked by {@link
 * io.github.cloze4j.data.masking.Masker}, and {@link io.github.cloze4j.data.BatchStream} hands them out as {@link
 * io.github.cloze4j.data.Batch}es. Rows, pairs and masks are a pure function of (documents, settings, seed, epoch,
 * position), so that a {@link io.github.cloze4j.data.BatchCursor} is all that resuming needs.
 *
 * <p>What enters here deals in token ids. Text belongs to {@code corpus} and {@code tokenizer}, tensors to {@code kernel}.
 * The one exception is {@link io.github.cloze4j.data.masking.ChineseWords}: words that the tokenizer does not mark are found in the
 * text that ids stand for.
 */
@NullMarked
package io.github.cloze4j.data;

import org.jspecify.annotations.NullMarked;
