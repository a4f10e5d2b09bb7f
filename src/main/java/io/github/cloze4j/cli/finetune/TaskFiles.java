package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.LabelledData;
import io.github.cloze4j.train.ModelSelection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The labelled files of a run, read and encoded.
 *
 * @param data to learn from, and held out
 * @param test the data of {@code --test} as held-out data; null without
 * @param notes what people are told of the data
 */
record TaskFiles(LabelledData data, @Nullable LabelledData test, List<String> notes) {
    /** The purpose of the random numbers that choose what is held out. */
    private static final long HELD_OUT = 0x48454c44;

    /** Reads the files of a task. */
    static <R> TaskFiles read(DataOptions options, long seed, TaskSource<R> source) {
        List<R> all = source.read(options.train());
        List<R> training = new ArrayList<>(all);
        List<R> heldOut = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        Path validation = options.validation();
        if (validation != null) {
            heldOut.addAll(source.read(validation));
        } else if (options.fraction() > 0) {
            holdOut(training, heldOut, options.fraction(), seed, source);
            notes.add(heldOut.size() + " of " + all.size() + " records of " + options.train()
                    + " are held out (--validation names a file of its own)");
        }
        LabelledData data = source.encode(training, heldOut);
        Path test = options.test();
        // Read before the description, which says what was converted in all files.
        LabelledData tested = test == null ? null : source.encode(training, source.read(test));
        notes.addAll(0, source.describe(options.train(), training, heldOut, data));
        source.note("training", data.trainingRemarks()).ifPresent(notes::add);
        source.note("held out", data.heldOutRemarks()).ifPresent(notes::add);
        if (tested != null) {
            source.note("test", tested.heldOutRemarks()).ifPresent(notes::add);
        }
        return new TaskFiles(data, tested, notes);
    }

    /**
     * The share of the training tokens that the vocabulary does not know, special tokens counted.
     *
     * @param unkId the id of {@code [UNK]}
     */
    double unknownShare(int unkId) {
        return data.training().stream()
                .flatMap(example -> example.texts().stream())
                .flatMapToInt(text -> Arrays.stream(text.ids()))
                .mapToDouble(id -> id == unkId ? 1 : 0)
                .average()
                .orElse(0);
    }

    /**
     * Checks that the held-out data has the figure that the best model is selected by.
     *
     * @param losses the names of the model's losses
     * @throws IllegalArgumentException if it has not
     */
    void requireFigure(@Nullable ModelSelection selection, List<String> losses) {
        if (selection == null) {
            return;
        }
        if (data.validation().isEmpty()) {
            throw new IllegalArgumentException("Expected held-out records to evaluate on for --best-metric and"
                    + " --early-stopping. Received: none. Leave the two out, or hold records out");
        }
        selection.requireFigure(losses, data.metricGoals());
    }

    /**
     * Moves a share of the records, drawn by the seed, at least one if there are two. Records of a group go together. A record stays if
     * it is the last one with a label: what is not learnt cannot be scored. Both lists keep the order of the file.
     */
    private static <R> void holdOut(
            List<R> training, List<R> heldOut, double fraction, long seed, TaskSource<R> source) {
        int count = Math.min(training.size() - 1, Math.max(1, (int) Math.round(training.size() * fraction)));
        List<List<Integer>> groups = groups(training, source);
        int[] order = new int[groups.size()];
        Arrays.setAll(order, i -> i);
        new io.github.cloze4j.random.RandomStream(seed, HELD_OUT, order.length, 0).shuffle(order, order.length);
        Map<String, Integer> learnt = new HashMap<>();
        training.forEach(
                record -> source.labels(record).distinct().forEach(label -> learnt.merge(label, 1, Integer::sum)));
        TreeSet<Integer> chosen = new TreeSet<>(Comparator.reverseOrder());
        for (int i = 0; i < order.length - 1 && chosen.size() < count; i++) {
            for (int record : groups.get(order[i])) {
                List<String> labels =
                        source.labels(training.get(record)).distinct().toList();
                if (labels.stream().allMatch(label -> learnt.getOrDefault(label, 0) > 1)) {
                    labels.forEach(label -> learnt.merge(label, -1, Integer::sum));
                    chosen.add(record);
                }
            }
        }
        for (int record : chosen) {
            heldOut.add(0, training.remove(record));
        }
    }

    /** The places of the records of each group, in the order of the file. */
    private static <R> List<List<Integer>> groups(List<R> records, TaskSource<R> source) {
        Map<Object, List<Integer>> groups = new LinkedHashMap<>();
        for (int i = 0; i < records.size(); i++) {
            groups.computeIfAbsent(source.group(records.get(i)).orElse(i), first -> new ArrayList<>())
                    .add(i);
        }
        return List.copyOf(groups.values());
    }
}
