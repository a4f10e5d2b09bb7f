package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.corpus.records.SourceLine;

/**
 * A text with two marked spans, whose relation is asked for.
 *
 * @param text the text without marks
 * @param first the span that the relation starts from; it may stand after the second one in the text
 * @param second the span that the relation leads to
 * @param source the place of the record
 */
public record SpanPair(String text, Span first, Span second, SourceLine source) {}
