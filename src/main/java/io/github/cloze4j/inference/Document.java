package io.github.cloze4j.inference;

import io.github.cloze4j.tokenizer.Encoding;

/**
 * A document for a model: a text's tokens, and the positions whose scores are wanted.
 *
 * @param text its number among the texts of a call
 * @param ids {@code [tokens]}, {@code [CLS]} and {@code [SEP]} included
 * @param typeIds {@code [tokens]} 0 for the first text, 1 for the second
 * @param masked {@code [masked]} positions in {@code ids}, none twice: masked tokens, or rows that a head reads
 * @param labels {@code [masked]} the tokens that stood there; anything where no loss is taken
 */
record Document(int text, int[] ids, int[] typeIds, int[] masked, int[] labels) {
    /** A single text, of which masked tokens are scored. */
    Document(int text, int[] ids, int[] masked, int[] labels) {
        this(text, ids, new int[ids.length], masked, labels);
    }

    /**
     * A document for a head that scores rows.
     *
     * @param rows positions in the document, in the order in which the head reads them
     */
    static Document scored(int text, Encoding encoding, int... rows) {
        return new Document(text, encoding.ids(), encoding.typeIds(), rows, new int[rows.length]);
    }

    /** One of which only the encoder's output is wanted. */
    static Document withoutMasks(int text, int[] ids) {
        return new Document(text, ids, new int[0], new int[0]);
    }
}
