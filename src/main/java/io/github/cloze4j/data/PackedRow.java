package io.github.cloze4j.data;

/**
 * The real tokens of one row of a batch, before masking: what a {@link MaskingStrategy} sees.
 *
 * @param ids {@code [tokens]} token ids, special tokens included, padding not
 * @param documentOffsets {@code [documents + 1]} ascending from 0 to {@code tokens}; document {@code d} is tokens
 *     {@code [documentOffsets[d], documentOffsets[d + 1])}, its {@code [CLS]} and {@code [SEP]} included; the second text
 *     of a pair, with its {@code [SEP]}, is a document of its own here
 */
public record PackedRow(int[] ids, int[] documentOffsets) {}
