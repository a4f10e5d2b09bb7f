/**
 * Records with named fields, one after the other: JSON lines and tables. Corpora and labelled data read them here.
 *
 * <p>A {@link io.github.cloze4j.corpus.records.RecordReader} holds one record at a time. Whatever is wrong with a record is a {@link
 * io.github.cloze4j.CorpusException} that names the file and the line. What enters here knows characters and fields, and
 * nothing of texts, labels or documents.
 */
@NullMarked
package io.github.cloze4j.corpus.records;

import org.jspecify.annotations.NullMarked;
