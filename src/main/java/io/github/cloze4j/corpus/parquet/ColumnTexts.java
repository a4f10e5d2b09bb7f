package io.github.cloze4j.corpus.parquet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.VersionParser.ParsedVersion;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReaderImpl;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.jspecify.annotations.Nullable;

/** The texts of a column in a row group, row by row. Not thread-safe. */
final class ColumnTexts {
    private final boolean isList;
    private final int definitionLevel;
    private final ColumnReader values;
    private long valuesLeft;

    /** @param writer the program that wrote the file; null if it is unknown */
    ColumnTexts(TextColumn column, ColumnPages pages, @Nullable ParsedVersion writer) {
        isList = column.isList();
        definitionLevel = column.descriptor().getMaxDefinitionLevel();
        values = new ColumnReaderImpl(column.descriptor(), pages, new PrimitiveConverter() {}, writer);
        valuesLeft = pages.getTotalValueCount();
    }

    /** The texts of the next row: a list, a text, or null. Texts of several groups are the lines of one. */
    JsonNode next() {
        List<String> texts = new ArrayList<>();
        do {
            if (valuesLeft-- <= 0) {
                throw new IllegalStateException("fewer values than rows");
            }
            if (values.getCurrentDefinitionLevel() == definitionLevel) {
                texts.add(values.getBinary().toStringUsingUTF8());
            }
            values.consume();
        } while (values.getCurrentRepetitionLevel() > 0);
        if (isList) {
            ArrayNode list = JsonNodeFactory.instance.arrayNode(texts.size());
            texts.forEach(list::add);
            return list;
        }
        return texts.isEmpty() ? NullNode.getInstance() : TextNode.valueOf(String.join("\n", texts));
    }
}
