package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.corpus.records.SourceLine;
import org.jspecify.annotations.Nullable;

/**
 * One text or a pair of texts.
 *
 * @param text the text, or the first of the pair; may be empty
 * @param pair the second text; null if there is one text only
 * @param source the place of the record
 */
public record InputText(String text, @Nullable String pair, SourceLine source) {}
