/**
 * Labelled data from files: CSV, TSV, JSON lines, CoNLL and SQuAD JSON.
 *
 * <p>{@link io.github.cloze4j.finetune.readers.TextReader} reads texts and pairs of texts, {@link
 * io.github.cloze4j.finetune.readers.TaggedWordsReader} words with tags, {@link
 * io.github.cloze4j.finetune.readers.SquadReader} questions, {@link io.github.cloze4j.finetune.readers.SpanPairReader} texts
 * with two marked spans. {@link io.github.cloze4j.finetune.readers.Labels} gives classes their numbers. A whole file is in
 * memory after reading.
 *
 * <p>Every record knows its file and line. Whatever is wrong with a record is a {@link io.github.cloze4j.CorpusException} that
 * names both. Positions in files count Unicode code points, as Python does; positions in memory count {@code char}s.
 *
 * <p>What enters here deals in characters. Pieces of words belong to the tasks.
 */
@NullMarked
package io.github.cloze4j.finetune.readers;

import org.jspecify.annotations.NullMarked;
