package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.files.StrictJson;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads texts with two marked spans from CSV, TSV and JSON lines.
 *
 * <p>The spans are either tags in the text, {@code <e1>…</e1>} and {@code <e2>…</e2>} as in SemEval 2010 task 8, which are
 * removed from the text; or four columns with the start and the end (exclusive) of both, counted in code points from 0.
 * The spans do not overlap. Every method returns the records in the order of the file, at least one, and throws
 * {@link io.github.cloze4j.CorpusException} if the file cannot be read, a column is missing or a record is wrong.
 */
public final class SpanPairReader {
    private final String text;
    private final @Nullable SpanColumns spans;
    private final ReadOptions options;

    /**
     * The columns of the positions of two spans.
     *
     * @param firstStart the column of the first code point of the first span
     * @param firstEnd the column of the code point after the first span
     * @param secondStart the column of the first code point of the second span
     * @param secondEnd the column of the code point after the second span
     */
    public record SpanColumns(String firstStart, String firstEnd, String secondStart, String secondEnd) {}

    /**
     * A reader of texts with spans.
     *
     * @param text the column of the text
     * @param spans the columns of the spans; null if the text holds tags
     * @param options format, encoding and limits
     */
    public SpanPairReader(String text, @Nullable SpanColumns spans, ReadOptions options) {
        this.text = text;
        this.spans = spans;
        this.options = options;
    }

    /**
     * A text with tags around both spans, which are removed from it.
     *
     * @param tagged the text with {@code <e1>…</e1>} and {@code <e2>…</e2>}
     * @param source the place of the text
     * @throws io.github.cloze4j.CorpusException if a tag is missing, there twice or in another order, or the spans overlap
     */
    public static SpanPair ofTagged(String tagged, SourceLine source) {
        return requireApart(EntityTags.remove(tagged, source));
    }

    /** Reads pairs of spans without labels. */
    public List<SpanPair> pairs(Path file) {
        return Rows.read(file, options, columns(Set.of()), this::pair);
    }

    /**
     * Reads pairs of spans with a relation each.
     *
     * @param label the column of the relation
     */
    public List<Labelled<SpanPair, String>> relations(Path file, String label) {
        return Rows.read(file, options, columns(Set.of(label)), row -> new Labelled<>(pair(row), row.label(label)));
    }

    private Set<String> columns(Set<String> more) {
        Set<String> columns = new LinkedHashSet<>();
        columns.add(text);
        if (spans != null) {
            columns.addAll(List.of(spans.firstStart, spans.firstEnd, spans.secondStart, spans.secondEnd));
        }
        columns.addAll(more);
        return columns;
    }

    private SpanPair pair(Row row) {
        String content = row.text(text);
        SpanPair pair = spans == null
                ? EntityTags.remove(content, row.source())
                : new SpanPair(
                        content,
                        span(row, content, spans.firstStart, spans.firstEnd),
                        span(row, content, spans.secondStart, spans.secondEnd),
                        row.source());
        return requireApart(pair);
    }

    private static SpanPair requireApart(SpanPair pair) {
        Span first = pair.first();
        Span second = pair.second();
        if (first.start() < second.end() && second.start() < first.end()) {
            throw pair.source()
                    .problem(
                            "two spans apart",
                            StrictJson.quoted(first.of(pair.text())) + " and "
                                    + StrictJson.quoted(second.of(pair.text())) + ", which overlap",
                            "Correct the spans");
        }
        return pair;
    }

    private static Span span(Row row, String content, String startColumn, String endColumn) {
        int start = row.position(startColumn);
        int end = row.position(endColumn);
        int first = CodePointOffsets.toIndex(content, start);
        int last = CodePointOffsets.toIndex(content, end);
        if (first < 0 || last < 0 || start >= end) {
            throw row.source()
                    .problem(
                            "a span within the text, whose length is " + CodePointOffsets.length(content),
                            StrictJson.quoted(startColumn) + " " + start + " and " + StrictJson.quoted(endColumn) + " "
                                    + end,
                            "Correct the span; positions count characters from 0, and the end is exclusive");
        }
        return new Span(first, last);
    }
}
