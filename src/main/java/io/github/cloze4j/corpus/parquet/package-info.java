/**
 * Records from Parquet files, with the libraries of Apache Parquet that need no Hadoop. All classes of these libraries are used
 * here: without them the rest of the corpora works.
 *
 * <p>{@link io.github.cloze4j.corpus.parquet.ParquetRecords} reads columns of texts page by page, so that memory does not grow
 * with the row groups.
 */
@NullMarked
package io.github.cloze4j.corpus.parquet;

import org.jspecify.annotations.NullMarked;
