package io.github.cloze4j.inference.generation;

import io.github.cloze4j.inference.OutputRows;
import io.github.cloze4j.model.Decoding;
import org.jspecify.annotations.Nullable;

/**
 * The parts that every {@link Search} works with.
 *
 * @param decoding the texts that grow
 * @param rows where the scores of their next tokens are read
 * @param processors changes of these scores
 * @param endings when a text ends
 * @param listener gets the texts piece by piece; null for none
 */
record SearchParts(
        Decoding decoding,
        OutputRows rows,
        LogitsProcessors processors,
        Endings endings,
        @Nullable TextListener listener) {}
