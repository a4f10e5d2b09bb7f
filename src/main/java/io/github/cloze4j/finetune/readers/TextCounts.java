package io.github.cloze4j.finetune.readers;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What is worth knowing about the texts of a file before training.
 *
 * @param records the number of records
 * @param empty the number of records with a blank text, or in a pair a blank one of both
 * @param duplicates the number of records whose texts an earlier record has too
 * @param contradictions the number of those duplicates whose label is not that of the first such record
 */
public record TextCounts(int records, int empty, int duplicates, int contradictions) {
    /** Counts labelled texts. */
    public static <L> TextCounts of(Collection<Labelled<InputText, L>> texts) {
        Map<List<String>, L> labels = new HashMap<>();
        int empty = 0;
        int duplicates = 0;
        int contradictions = 0;
        for (Labelled<InputText, L> labelled : texts) {
            String text = labelled.input().text();
            String pair = labelled.input().pair();
            empty += text.isBlank() || (pair != null && pair.isBlank()) ? 1 : 0;
            L first = labels.putIfAbsent(pair == null ? List.of(text) : List.of(text, pair), labelled.label());
            duplicates += first == null ? 0 : 1;
            contradictions += first == null || Objects.equals(first, labelled.label()) ? 0 : 1;
        }
        return new TextCounts(texts.size(), empty, duplicates, contradictions);
    }

    /** For people, such as {@code 6046 records, 2 with an empty text, 31 duplicates, 3 of them with another label}. */
    @Override
    public String toString() {
        return text("label");
    }

    /**
     * For people, in the words of a task.
     *
     * @param answer the name of a right answer, such as {@code label}
     */
    public String text(String answer) {
        return records
                + (records == 1 ? " record" : " records")
                + (empty == 0 ? "" : ", " + empty + " with an empty text")
                + (duplicates == 0 ? "" : ", " + duplicates + (duplicates == 1 ? " duplicate" : " duplicates"))
                + (contradictions == 0 ? "" : ", " + contradictions + " of them with another " + answer);
    }
}
