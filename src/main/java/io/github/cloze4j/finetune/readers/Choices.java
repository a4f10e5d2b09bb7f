package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.corpus.records.SourceLine;
import java.util.List;

/**
 * A text with several continuations or answers, one of which is right.
 *
 * @param text the text that all choices follow
 * @param choices the choices, at least two
 * @param source the place of the record
 */
public record Choices(String text, List<String> choices, SourceLine source) {
    /** Copies the list. */
    public Choices {
        choices = List.copyOf(choices);
    }
}
