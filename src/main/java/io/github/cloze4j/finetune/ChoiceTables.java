package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.MeanReciprocalRank;
import io.github.cloze4j.finetune.readers.Choices;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.inference.Probabilities;
import io.github.cloze4j.train.ResultTable;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The tables of chosen texts: the ranks of the right choices, and the worst errors. */
final class ChoiceTables {
    private static final int MOST_ERRORS = 20;

    private final List<Labelled<Choices, Integer>> records;
    private final ChoiceAnswers answers;

    private ChoiceTables(List<Labelled<Choices, Integer>> records, ChoiceAnswers answers) {
        this.records = records;
        this.answers = answers;
    }

    static List<ResultTable> of(List<Labelled<Choices, Integer>> records, ChoiceAnswers answers) {
        ChoiceTables tables = new ChoiceTables(records, answers);
        return List.of(tables.ranks(), tables.errors());
    }

    private ResultTable ranks() {
        int[] counts = new int[answers.scores()[0].length];
        for (int i = 0; i < answers.count(); i++) {
            counts[MeanReciprocalRank.rank(answers.scores()[i], answers.gold()[i]) - 1]++;
        }
        return new ResultTable(
                "Ranks of the right choice",
                List.of("rank", "records"),
                IntStream.range(0, counts.length)
                        .mapToObj(rank -> List.of(Integer.toString(rank + 1), Integer.toString(counts[rank])))
                        .toList());
    }

    private ResultTable errors() {
        return new ResultTable(
                "Worst errors: wrong choices of which the model is surest",
                List.of("right", "chosen", "probability", "text"),
                IntStream.range(0, answers.count())
                        .filter(i -> chosen(i) != answers.gold()[i])
                        .boxed()
                        .sorted(Comparator.comparingDouble(i -> -probability(i)))
                        .limit(MOST_ERRORS)
                        .map(this::error)
                        .toList());
    }

    private int chosen(int i) {
        return ClassAnswers.highest(answers.scores()[i]);
    }

    private double probability(int i) {
        return Probabilities.softmax(answers.scores()[i])[chosen(i)];
    }

    private List<String> error(int i) {
        Choices record = records.get(i).input();
        return List.of(
                record.choices().get(answers.gold()[i]),
                record.choices().get(chosen(i)),
                String.format(Locale.ROOT, "%.3f", probability(i)),
                record.text());
    }
}
