package io.github.cloze4j.finetune.metrics;

import io.github.cloze4j.inference.tags.EntityReader;
import io.github.cloze4j.inference.tags.EntitySpan;
import io.github.cloze4j.inference.tags.TagScheme;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Precision, recall and F1 of entities: an entity counts if type, first and last word are right. The reference is seqeval. Its two modes
 * read different entities from the same tags, so the mode belongs to the name of a score: {@link #mode}. Immutable.
 */
public final class EntityScores {
    private final String mode;
    private final List<String> types;
    /** For each sentence {@code [types that occur in it][type, true positives, predicted, gold]}. */
    private final List<int[][]> sentences;

    private EntityScores(String mode, List<String> types, List<int[][]> sentences) {
        this.mode = mode;
        this.types = types;
        this.sentences = sentences;
    }

    /**
     * Scores in seqeval's default mode, that of {@code conlleval}: see {@link EntityReader#lenient}.
     *
     * @param gold for each sentence one tag for each word
     * @param predicted the predicted tags, in the same form
     * @throws IllegalArgumentException if there is no sentence, sentences or words differ in number, or a tag is malformed
     */
    public static EntityScores lenient(List<List<String>> gold, List<List<String>> predicted) {
        return score("lenient", gold, predicted, EntityReader::lenient);
    }

    /**
     * Scores as seqeval with {@code mode="strict"}: see {@link EntityReader#strict}.
     *
     * @param gold for each sentence one tag for each word
     * @param predicted the predicted tags, in the same form
     * @param scheme the scheme of the gold and the predicted tags
     * @throws IllegalArgumentException if there is no sentence, sentences or words differ in number, or a tag is not of the scheme
     */
    public static EntityScores strict(List<List<String>> gold, List<List<String>> predicted, TagScheme scheme) {
        return score("strict " + scheme, gold, predicted, (tags, where) -> EntityReader.strict(tags, scheme, where));
    }

    /** The mode as part of a metric's name: {@code lenient}, or {@code strict} with the scheme, such as {@code strict IOB2}. */
    public String mode() {
        return mode;
    }

    /** The types that occur in the gold or the predicted tags, sorted. */
    public List<String> types() {
        return types;
    }

    /** Scores of each type, in the order of {@link #types}, and their averages over all sentences. */
    public ClassScores scores() {
        return scores(IntStream.range(0, sentences.size()).toArray());
    }

    /**
     * Scores of some sentences, for {@link Bootstrap}. Averages are over the types that occur in these sentences.
     *
     * @param rows the indices of the sentences, in any order and with repetitions
     */
    public ClassScores scores(int[] rows) {
        long[][] sums = new long[types.size()][3];
        for (int row : rows) {
            for (int[] counts : sentences.get(row)) {
                for (int i = 0; i < 3; i++) {
                    sums[counts[0]][i] += counts[i + 1];
                }
            }
        }
        List<ClassScore> scores = new ArrayList<>();
        for (long[] sum : sums) {
            scores.add(new ClassScore(sum[0], sum[1], sum[2]));
        }
        return ClassScores.overOccurring(scores);
    }

    private interface Reading {
        List<EntitySpan> read(List<String> tags, String where);
    }

    private record Sentence(Set<EntitySpan> gold, Set<EntitySpan> predicted) {
        Set<String> types() {
            Set<String> types = new TreeSet<>();
            gold.forEach(entity -> types.add(entity.type()));
            predicted.forEach(entity -> types.add(entity.type()));
            return types;
        }

        int[] counts(String type, int index) {
            Set<EntitySpan> right = new HashSet<>(gold);
            right.retainAll(predicted);
            return new int[] {index, count(right, type), count(predicted, type), count(gold, type)};
        }

        private static int count(Set<EntitySpan> entities, String type) {
            return (int) entities.stream()
                    .filter(entity -> entity.type().equals(type))
                    .count();
        }
    }

    private static EntityScores score(
            String mode, List<List<String>> gold, List<List<String>> predicted, Reading reading) {
        MetricInput.sameRows(gold.size(), predicted.size());
        List<Sentence> read = new ArrayList<>(gold.size());
        Set<String> types = new TreeSet<>();
        for (int i = 0; i < gold.size(); i++) {
            sameWords(i, gold.get(i).size(), predicted.get(i).size());
            Sentence sentence = new Sentence(
                    Set.copyOf(reading.read(gold.get(i), "gold sentence " + i)),
                    Set.copyOf(reading.read(predicted.get(i), "predicted sentence " + i)));
            types.addAll(sentence.types());
            read.add(sentence);
        }
        List<String> order = List.copyOf(types);
        List<int[][]> counts = read.stream()
                .map(sentence -> sentence.types().stream()
                        .map(type -> sentence.counts(type, Collections.binarySearch(order, type)))
                        .toArray(int[][]::new))
                .toList();
        return new EntityScores(mode, order, counts);
    }

    private static void sameWords(int sentence, int gold, int predicted) {
        if (gold != predicted) {
            throw new IllegalArgumentException("Expected as many predicted as gold tags in sentence " + sentence
                    + ". Received: " + predicted + " predicted and " + gold
                    + " gold tags. Predict the words that were cut off too.");
        }
    }
}
