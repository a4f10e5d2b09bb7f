package io.github.cloze4j.corpus;

/** What ends a document; a document never goes beyond its file. */
public enum DocumentBoundary {
    /** Every line is a document. */
    LINE,
    /** Lines up to the next blank one are a document, joined by line feeds; whoever needs sentences takes lines for them. */
    BLANK_LINE
}
