package io.github.cloze4j.finetune;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.tokenizer.Encoding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * Packs examples into batches: several texts to a row, longest first, each into the first row that has room (first fit
 * decreasing). Attention stays inside each text, so packing changes no number but rounding, and saves the padding.
 */
final class ExamplePacker {
    /** First fit decreasing takes at most 11/9 of the fewest rows, and 6/9 (Dósa, 2007). */
    private static final int NINTHS = 9;

    private static final int NINTHS_OF_FEWEST = 11;
    private static final int NINTHS_MORE = 6;

    private final int seqLen;
    private final int padId;
    private final BertConfig config;

    /**
     * Packs for one length of rows.
     *
     * @param seqLen tokens of a row, at least as many as any text has
     * @param padId the id of padding
     * @param config of the model that reads the batches
     */
    ExamplePacker(int seqLen, int padId, BertConfig config) {
        this.seqLen = seqLen;
        this.padId = padId;
        this.config = config;
    }

    /** Where a text stands. */
    private record Place(int row, int from) {}

    /** A batch of examples, with as few rows as they take. */
    Batch pack(List<LabelledTokens> examples) {
        List<Encoding> texts =
                examples.stream().flatMap(example -> example.texts().stream()).toList();
        Place[] places = place(texts);
        int rows = Arrays.stream(places).mapToInt(Place::row).max().orElse(0) + 1;
        int tokens = rows * seqLen;
        int[] ids = new int[tokens];
        int[] types = new int[tokens];
        int[] positions = new int[tokens];
        Arrays.fill(ids, padId);
        int real = 0;
        for (int text = 0; text < places.length; text++) {
            Encoding encoding = texts.get(text);
            int length = encoding.ids().length;
            int begin = begin(places[text]);
            System.arraycopy(encoding.ids(), 0, ids, begin, length);
            System.arraycopy(encoding.typeIds(), 0, types, begin, length);
            real += length;
        }
        int[] offsets = offsets(texts, places, rows);
        for (int document = 0; document + 1 < offsets.length; document++) {
            for (int i = offsets[document]; i < offsets[document + 1]; i++) {
                positions[i] = i - offsets[document];
            }
        }
        Targets targets = targets(examples, places);
        Documents documents = documents(examples, places, offsets);
        return new Batch(rows, seqLen, ids, types, positions, documents, real, List.of(targets));
    }

    /** The documents with the prefixes of their texts. */
    private Documents documents(List<LabelledTokens> examples, Place[] places, int[] offsets) {
        int[] prefixes = config.documents(offsets).prefixes();
        int text = 0;
        for (LabelledTokens example : examples) {
            for (int i = 0; i < example.texts().size(); i++, text++) {
                if (example.prefix() != LabelledTokens.OF_MODEL) {
                    prefixes[Arrays.binarySearch(offsets, begin(places[text]))] = example.prefix();
                }
            }
        }
        return new Documents(offsets, prefixes);
    }

    private int begin(Place place) {
        return place.row() * seqLen + place.from();
    }

    private Place[] place(List<Encoding> texts) {
        int[] longestFirst = IntStream.range(0, texts.size())
                .boxed()
                .sorted(Comparator.comparingInt(text -> -texts.get(text).ids().length))
                .mapToInt(Integer::intValue)
                .toArray();
        Place[] places = new Place[texts.size()];
        List<Integer> filled = new ArrayList<>();
        for (int text : longestFirst) {
            int length = texts.get(text).ids().length;
            int row = 0;
            while (row < filled.size() && filled.get(row) + length > seqLen) {
                row++;
            }
            if (row == filled.size()) {
                filled.add(0);
            }
            places[text] = new Place(row, filled.get(row));
            filled.set(row, filled.get(row) + length);
        }
        return places;
    }

    /** Where documents begin and end: texts, and behind those of each row its padding. */
    private int[] offsets(List<Encoding> texts, Place[] places, int rows) {
        IntStream.Builder borders = IntStream.builder();
        for (int row = 0; row <= rows; row++) {
            borders.add(row * seqLen);
        }
        for (int text = 0; text < places.length; text++) {
            int begin = begin(places[text]);
            borders.add(begin).add(begin + texts.get(text).ids().length);
        }
        return borders.build().sorted().distinct().toArray();
    }

    private Targets targets(List<LabelledTokens> examples, Place[] places) {
        IntStream.Builder rows = IntStream.builder();
        IntStream.Builder ends = IntStream.builder();
        IntStream.Builder labels = IntStream.builder();
        int count = examples.stream()
                .mapToInt(example -> example.targets().values().length)
                .sum();
        float[] values = new float[count];
        int valuesSoFar = 0;
        int rowsSoFar = 0;
        int firstText = 0;
        for (LabelledTokens example : examples) {
            Targets own = example.targets();
            int[] begins = begins(example, places, firstText);
            Arrays.stream(own.rows()).forEach(row -> rows.add(placed(example, begins, row)));
            int before = rowsSoFar;
            Arrays.stream(own.ends()).forEach(end -> ends.add(before + end));
            Arrays.stream(own.labels()).forEach(labels::add);
            System.arraycopy(own.values(), 0, values, valuesSoFar, own.values().length);
            valuesSoFar += own.values().length;
            rowsSoFar += own.count();
            firstText += example.texts().size();
        }
        return new Targets(
                rows.build().toArray(), ends.build().toArray(), labels.build().toArray(), values);
    }

    private int[] begins(LabelledTokens example, Place[] places, int firstText) {
        return IntStream.range(0, example.texts().size())
                .map(text -> begin(places[firstText + text]))
                .toArray();
    }

    /** The place in the batch of a row that is counted over the texts of an example. */
    private static int placed(LabelledTokens example, int[] begins, int row) {
        int text = 0;
        int inText = row;
        while (inText >= example.texts().get(text).ids().length) {
            inText -= example.texts().get(text).ids().length;
            text++;
        }
        return begins[text] + inText;
    }

    /** The most rows that any batch of so many of the examples takes. */
    int mostRows(List<LabelledTokens> examples, int batchSize) {
        int texts = most(examples, batchSize, example -> example.texts().size());
        List<Encoding> longest = examples.stream()
                .flatMap(example -> example.texts().stream())
                .sorted(Comparator.comparingInt(text -> -text.ids().length))
                .limit(texts)
                .toList();
        int fitted = Arrays.stream(place(longest)).mapToInt(Place::row).max().orElse(0) + 1;
        return Math.min(texts, (NINTHS_OF_FEWEST * fitted + NINTHS_MORE) / NINTHS);
    }

    /** The most rows of the encoder's output that the head reads of any batch of so many of the examples. */
    static int mostTargets(List<LabelledTokens> examples, int batchSize) {
        return most(examples, batchSize, example -> example.targets().count());
    }

    private static int most(List<LabelledTokens> examples, int batchSize, ToIntFunction<LabelledTokens> count) {
        return examples.stream()
                .mapToInt(example -> -count.applyAsInt(example))
                .sorted()
                .limit(batchSize)
                .map(Math::negateExact)
                .sum();
    }
}
