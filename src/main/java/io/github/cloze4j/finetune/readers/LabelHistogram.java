package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.files.StrictJson;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How often each label occurs.
 *
 * @param labels the labels
 * @param counts the number of occurrences of each label, by its number
 */
public record LabelHistogram(Labels labels, List<Integer> counts) {
    /** The most labels that people are told. */
    private static final int LISTED = 100;

    /** Copies the counts; {@link IllegalArgumentException} if there is not one for each label. */
    public LabelHistogram {
        counts = List.copyOf(counts);
        if (counts.size() != labels.size()) {
            throw new IllegalArgumentException("Expected " + labels.size() + " counts, one for each label. Received: "
                    + counts.size() + ". Correct the counts");
        }
    }

    /**
     * Counts labels.
     *
     * @param ids the numbers of labels; {@link IndexOutOfBoundsException} if a number has no label
     */
    public static LabelHistogram of(Labels labels, Collection<Integer> ids) {
        int[] counts = new int[labels.size()];
        ids.forEach(id -> counts[id]++);
        return new LabelHistogram(labels, IntStream.of(counts).boxed().toList());
    }

    /**
     * Refuses training data in which a label does not occur.
     *
     * @param file the file of the training data
     * @throws CorpusException if a label does not occur
     */
    public void requireEveryLabel(Path file) {
        List<String> missing = IntStream.range(0, labels.size())
                .filter(id -> counts.get(id) == 0)
                .mapToObj(labels.names()::get)
                .toList();
        if (!missing.isEmpty()) {
            String more = missing.size() > 1 ? " and " + (missing.size() - 1) + " more" : "";
            throw new CorpusException(file + ": Expected records of each of the " + labels.size()
                    + " labels. Received: none of " + StrictJson.quoted(missing.get(0)) + more
                    + ". Add records, or remove the label from the list of labels");
        }
    }

    /**
     * Refuses training data with a single label, from which a classifier would learn to give this label to every text.
     *
     * @param file the file of the training data
     * @throws CorpusException if there is one label only
     */
    public void requireChoice(Path file) {
        if (labels.size() == 1) {
            throw new CorpusException(file + ": Expected records of at least two labels. Received: "
                    + StrictJson.quoted(labels.names().get(0)) + " only. Add records of another label");
        }
    }

    /**
     * For people, on one line: the most frequent labels with counts and shares, such as {@code ham 4150 (68.6 %), spam 1896 (31.4 %)}.
     */
    @Override
    public String toString() {
        long total = Math.max(1, counts.stream().mapToLong(Integer::longValue).sum());
        String more = labels.size() > LISTED ? " and " + (labels.size() - LISTED) + " more" : "";
        return IntStream.range(0, labels.size())
                .boxed()
                .sorted((a, b) -> Integer.compare(counts.get(b), counts.get(a)))
                .limit(LISTED)
                .map(id -> labels.names().get(id).replaceAll("\\s+", " ") + " " + counts.get(id)
                        + String.format(Locale.ROOT, " (%.1f %%)", 100.0 * counts.get(id) / total))
                .collect(Collectors.joining(", ", "", more));
    }
}
