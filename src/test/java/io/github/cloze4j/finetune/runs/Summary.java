package io.github.cloze4j.finetune.runs;

import io.github.cloze4j.finetune.runs.DataFiles.LabelledText;
import io.github.cloze4j.finetune.runs.DataFiles.Sentence;
import io.github.cloze4j.finetune.runs.DefinedWords.Definition;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The counts of a data set: records, labels, and the accuracy of always answering the most frequent label of the training part. */
final class Summary {
    private Summary() {}

    static String ofTexts(Map<Part, List<LabelledText>> parts) {
        return of("texts", sizes(parts), labels(parts, LabelledText::label));
    }

    /** Counts sentences, and labels by word. */
    static String ofSentences(Map<Part, List<Sentence>> parts) {
        Map<Part, List<String>> tags = new TreeMap<>();
        parts.forEach((part, sentences) -> tags.put(
                part,
                sentences.stream().flatMap(sentence -> sentence.tags().stream()).toList()));
        return of("sentences", sizes(parts), tags);
    }

    static String ofPairs(Map<Part, List<TextPair>> parts) {
        return sizes(parts) + " pairs\n";
    }

    static String ofLines(Map<Part, List<String>> parts) {
        return sizes(parts) + " lines\n";
    }

    static String ofDefinitions(Map<Part, List<Definition>> parts) {
        Map<Part, Long> words = new TreeMap<>();
        parts.forEach((part, definitions) -> words.put(
                part,
                definitions.stream()
                        .flatMap(definition -> definition.words().stream())
                        .distinct()
                        .count()));
        return sizes(parts) + " definitions, " + words + " words\n";
    }

    private static <T> Map<Part, Integer> sizes(Map<Part, List<T>> parts) {
        Map<Part, Integer> sizes = new TreeMap<>();
        parts.forEach((part, records) -> sizes.put(part, records.size()));
        return sizes;
    }

    private static <T> Map<Part, List<String>> labels(Map<Part, List<T>> parts, Function<T, String> label) {
        Map<Part, List<String>> labels = new TreeMap<>();
        parts.forEach(
                (part, records) -> labels.put(part, records.stream().map(label).toList()));
        return labels;
    }

    /**
     * The lines of a summary.
     *
     * @throws IllegalStateException if a part has a label that the training part lacks, which readers refuse
     */
    private static String of(String unit, Map<Part, Integer> sizes, Map<Part, List<String>> labels) {
        Map<String, Integer> training = counts(labels.getOrDefault(Part.TRAIN, List.of()));
        labels.forEach((part, itsLabels) -> itsLabels.stream()
                .filter(label -> !training.containsKey(label))
                .findFirst()
                .ifPresent(label -> {
                    throw new IllegalStateException("Expected every label of " + part.fileName()
                            + " in the training part. Received: " + label + ". Choose another seed");
                }));
        String majority = training.entrySet().stream()
                .max(Map.Entry.<String, Integer>comparingByValue()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .orElseThrow()
                .getKey();
        StringBuilder text = new StringBuilder();
        labels.forEach((part, itsLabels) -> {
            long right = itsLabels.stream().filter(majority::equals).count();
            text.append(String.format(
                    Locale.ROOT,
                    "%s: %d %s, %d labels in all, always %s: accuracy %.4f%n",
                    part.fileName(),
                    sizes.get(part),
                    unit,
                    itsLabels.size(),
                    majority,
                    right / (double) itsLabels.size()));
        });
        return text + "training labels, " + training.size() + ": "
                + new TreeMap<>(training)
                        .entrySet().stream()
                                .map(entry -> entry.getKey() + " " + entry.getValue())
                                .collect(Collectors.joining(", "))
                + "\n";
    }

    private static Map<String, Integer> counts(List<String> labels) {
        Map<String, Integer> counts = new HashMap<>();
        labels.forEach(label -> counts.merge(label, 1, Integer::sum));
        return counts;
    }
}
