package io.github.cloze4j.corpus;

import io.github.cloze4j.corpus.records.NamedFields;
import io.github.cloze4j.corpus.records.SourceLine;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Counts the records of one reading of a corpus that have no text. Not thread-safe. */
final class SkippedRecords {
    private long count;
    private @Nullable SourceLine first;

    /** Adds one. */
    void add(SourceLine source) {
        count++;
        if (first == null) {
            first = source;
        }
    }

    /**
     * For people, in one sentence; empty if there are none.
     *
     * @param fields the fields that texts are read from
     */
    Optional<String> describe(List<String> fields) {
        return first == null
                ? Optional.empty()
                : Optional.of((count == 1 ? "1 record has" : count + " records have") + " no text in "
                        + NamedFields.quoted(fields) + ", and " + (count == 1 ? "is" : "are")
                        + " skipped; the first is "
                        + first);
    }
}
