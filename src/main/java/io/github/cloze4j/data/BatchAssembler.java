package io.github.cloze4j.data;

import io.github.cloze4j.data.masking.Masker;
import io.github.cloze4j.data.masking.PackedRow;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.random.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Makes a batch out of rows: copies tokens, masks or takes the next words, lays out. Its first targets are the words to predict,
 * its second ones, if the objective has pairs, the {@code [CLS]} of each pair. Immutable and thread-safe.
 */
final class BatchAssembler {
    private final TokenDocuments documents;
    private final BatchConfig config;
    private final Masker masker;
    private final long maskPurpose;

    /** @param maskPurpose keeps masks of training and of evaluation apart under one seed */
    BatchAssembler(TokenDocuments documents, BatchConfig config, long maskPurpose) {
        this.documents = documents;
        this.config = config;
        this.maskPurpose = maskPurpose;
        masker = new Masker(
                config.masking(),
                config.replacement(),
                config.specialTokens(),
                config.vocabularySize(),
                config.seqLen());
    }

    /** @param rows at most {@code config.rows()}; those that are missing are padding */
    Batch assemble(List<RowSequence.Row> rows) {
        Layout layout = new Layout(config, rows);
        for (int i = 0; i < rows.size(); i++) {
            RowSequence.Row row = rows.get(i);
            PackedRow packed = read(row.examples());
            RandomStream random = new RandomStream(config.seed(), maskPurpose, row.epoch(), row.position());
            layout.addRow(i, row.examples());
            if (config.objective().predictsNext()) {
                NextWords.Chosen next = config.nextWords().choose(packed.ids(), spans(row.examples()), random);
                layout.addWords(i, next.positions(), next.labels());
            } else {
                Masker.Masked masked = masker.mask(packed, random);
                layout.addWords(i, masked.positions(), masked.labels());
            }
            layout.copyTokens(i, packed.ids());
        }
        return layout.batch(rows.size());
    }

    /** The tokens of a row that predict the next one: those of each text, or those of each target, from the [SEP] before it. */
    private List<NextWords.Span> spans(List<Example> examples) {
        List<NextWords.Span> spans = new ArrayList<>();
        int from = 0;
        for (Example example : examples) {
            int end = from + example.rowTokens();
            Segment last = example.second() == null ? example.first() : example.second();
            boolean endsDocument = last.from() + last.length() == documents.length(last.document());
            if (config.objective() == Objective.CLM) {
                spans.add(new NextWords.Span(from, end - 1, endsDocument));
            } else if (example.second() != null) {
                spans.add(new NextWords.Span(from + example.sourceTokens() - 1, end - 1, endsDocument));
            }
            from = end;
        }
        return spans;
    }

    private PackedRow read(List<Example> examples) {
        int[] ids = new int[examples.stream().mapToInt(Example::rowTokens).sum()];
        int[] offsets = new int[2 * examples.size() + 1];
        int texts = 0;
        int at = 0;
        for (Example example : examples) {
            ids[at++] = config.specialTokens().cls();
            at = read(example.first(), ids, at);
            offsets[++texts] = at;
            Segment second = example.second();
            if (second != null) {
                at = read(second, ids, at);
                offsets[++texts] = at;
            }
        }
        return new PackedRow(ids, Arrays.copyOf(offsets, texts + 1));
    }

    /** Copies a text and its {@code [SEP]}; returns where they end. */
    private int read(Segment text, int[] ids, int at) {
        documents.copy(text.document(), text.from(), ids, at, text.length());
        ids[at + text.length()] = config.specialTokens().sep();
        return at + text.length() + 1;
    }

    /** The arrays of a batch while they are filled, row by row. */
    private static final class Layout {
        private final Objective objective;
        private final int batchRows;
        private final int seqLen;
        private final int[] tokenIds;
        private final int[] tokenTypeIds;
        private final int[] positionIds;
        private final int[] documentOffsets;
        private final int[] prefixes;
        private final int[] wordPositions;
        private final int[] wordLabels;
        private final int[] pairPositions;
        private final int[] pairLabels;
        private int documents;
        private int words;
        private int pairs;
        private int realTokens;

        Layout(BatchConfig config, List<RowSequence.Row> rows) {
            objective = config.objective();
            batchRows = config.rows();
            seqLen = config.seqLen();
            int tokens = batchRows * seqLen;
            tokenIds = new int[tokens];
            Arrays.fill(tokenIds, config.specialTokens().pad());
            tokenTypeIds = new int[tokens];
            positionIds = new int[tokens];
            int examples = rows.stream().mapToInt(row -> row.examples().size()).sum();
            // A row's padding is one more document.
            documentOffsets = new int[batchRows + examples + 1];
            prefixes = new int[batchRows + examples];
            pairPositions = new int[examples];
            pairLabels = new int[examples];
            wordPositions = new int[config.maxTargets()[0]];
            wordLabels = new int[config.maxTargets()[0]];
        }

        void addRow(int row, List<Example> examples) {
            int start = row * seqLen;
            int from = start;
            for (Example example : examples) {
                addExample(example, from);
                from += example.rowTokens();
            }
            addPadding(from, start + seqLen);
            realTokens += from - start;
        }

        /** Adds the words of a row to predict, at positions in the row. */
        void addWords(int row, int[] positions, int[] labels) {
            for (int i = 0; i < labels.length; i++) {
                wordPositions[words] = row * seqLen + positions[i];
                wordLabels[words++] = labels[i];
            }
        }

        void copyTokens(int row, int[] ids) {
            System.arraycopy(ids, 0, tokenIds, row * seqLen, ids.length);
        }

        private void addExample(Example example, int from) {
            int to = from + example.rowTokens();
            addDocument(from, to, prefix(example));
            Segment second = example.second();
            if (second != null) {
                // With its [SEP], as the first text has its own and [CLS].
                Arrays.fill(tokenTypeIds, to - second.length() - 1, to, 1);
                pairPositions[pairs] = from;
                pairLabels[pairs++] = example.label();
            }
        }

        private int prefix(Example example) {
            return switch (objective) {
                case MLM, MLM_NSP, MLM_SOP -> example.rowTokens();
                case CLM -> 0;
                case PREFIX_LM -> example.second() == null ? example.rowTokens() : example.sourceTokens();
            };
        }

        private void addPadding(int from, int to) {
            if (from < to) {
                addDocument(from, to, to - from);
            }
        }

        private void addDocument(int from, int to, int prefix) {
            for (int i = from; i < to; i++) {
                positionIds[i] = i - from;
            }
            prefixes[documents] = prefix;
            documentOffsets[++documents] = to;
        }

        Batch batch(int filledRows) {
            for (int row = filledRows; row < batchRows; row++) {
                addPadding(row * seqLen, (row + 1) * seqLen);
            }
            Targets predicted = new Targets(Arrays.copyOf(wordPositions, words), Arrays.copyOf(wordLabels, words));
            return new Batch(
                    batchRows,
                    seqLen,
                    tokenIds,
                    tokenTypeIds,
                    positionIds,
                    new Documents(Arrays.copyOf(documentOffsets, documents + 1), Arrays.copyOf(prefixes, documents)),
                    realTokens,
                    objective.hasPairs()
                            ? List.of(
                                    predicted,
                                    new Targets(Arrays.copyOf(pairPositions, pairs), Arrays.copyOf(pairLabels, pairs)))
                            : List.of(predicted));
        }
    }
}
