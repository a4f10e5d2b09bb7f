package io.github.cloze4j.corpus.parquet;

import java.util.List;
import org.apache.parquet.column.ColumnDescriptor;

/**
 * A column of texts.
 *
 * @param field the name that the user gave
 * @param path the names from the root of the schema to the column
 * @param descriptor the type and the levels for the decoders
 * @param isList whether a row has a list of texts; if not, several texts of a row are those of a list of groups
 */
record TextColumn(String field, List<String> path, ColumnDescriptor descriptor, boolean isList) {}
