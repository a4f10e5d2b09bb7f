package io.github.cloze4j.inference;

/**
 * A document for a model: a text's tokens, and the positions whose scores are wanted.
 *
 * @param text its number among the texts of a call
 * @param ids {@code [tokens]}, {@code [CLS]} and {@code [SEP]} included
 * @param masked {@code [masked]} ascending positions in {@code ids}
 * @param labels {@code [masked]} the tokens that stood there; anything where no loss is taken
 */
record Document(int text, int[] ids, int[] masked, int[] labels) {
    /** One of which only the encoder's output is wanted. */
    static Document withoutMasks(int text, int[] ids) {
        return new Document(text, ids, new int[0], new int[0]);
    }
}
