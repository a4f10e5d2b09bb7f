package io.github.cloze4j.data;

import io.github.cloze4j.data.masking.Masker;
import io.github.cloze4j.data.masking.PackedRow;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.random.RandomStream;
import java.util.Arrays;
import java.util.List;

/**
 * Makes a batch out of rows: copies tokens, masks, lays out. Its first targets are the masked tokens, its second ones, if the
 * objective has pairs, the {@code [CLS]} of each pair. Immutable and thread-safe.
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
            layout.add(i, row.examples(), packed, masker.mask(packed, random));
        }
        return layout.batch(rows.size());
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
        private final boolean hasPairs;
        private final int batchRows;
        private final int seqLen;
        private final int[] tokenIds;
        private final int[] tokenTypeIds;
        private final int[] positionIds;
        private final int[] documentOffsets;
        private final int[] maskedPositions;
        private final int[] labels;
        private final int[] pairPositions;
        private final int[] pairLabels;
        private int documents;
        private int masked;
        private int pairs;
        private int realTokens;

        Layout(BatchConfig config, List<RowSequence.Row> rows) {
            hasPairs = config.objective().hasPairs();
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
            pairPositions = new int[examples];
            pairLabels = new int[examples];
            maskedPositions = new int[config.maxTargets()[0]];
            labels = new int[config.maxTargets()[0]];
        }

        void add(int row, List<Example> examples, PackedRow packed, Masker.Masked masks) {
            int start = row * seqLen;
            int length = packed.ids().length;
            System.arraycopy(packed.ids(), 0, tokenIds, start, length);
            int from = start;
            for (Example example : examples) {
                addExample(example, from);
                from += example.rowTokens();
            }
            addDocument(from, start + seqLen);
            for (int i = 0; i < masks.labels().length; i++) {
                maskedPositions[masked] = start + masks.positions()[i];
                labels[masked] = masks.labels()[i];
                masked++;
            }
            realTokens += length;
        }

        private void addExample(Example example, int from) {
            int to = from + example.rowTokens();
            addDocument(from, to);
            Segment second = example.second();
            if (second != null) {
                // With its [SEP], as the first text has its own and [CLS].
                Arrays.fill(tokenTypeIds, to - second.length() - 1, to, 1);
                pairPositions[pairs] = from;
                pairLabels[pairs++] = example.label();
            }
        }

        private void addDocument(int from, int to) {
            if (from == to) {
                return;
            }
            for (int i = from; i < to; i++) {
                positionIds[i] = i - from;
            }
            documentOffsets[++documents] = to;
        }

        Batch batch(int filledRows) {
            for (int row = filledRows; row < batchRows; row++) {
                addDocument(row * seqLen, (row + 1) * seqLen);
            }
            Targets maskedTokens = new Targets(Arrays.copyOf(maskedPositions, masked), Arrays.copyOf(labels, masked));
            return new Batch(
                    batchRows,
                    seqLen,
                    tokenIds,
                    tokenTypeIds,
                    positionIds,
                    Documents.bidirectional(Arrays.copyOf(documentOffsets, documents + 1)),
                    realTokens,
                    hasPairs
                            ? List.of(
                                    maskedTokens,
                                    new Targets(Arrays.copyOf(pairPositions, pairs), Arrays.copyOf(pairLabels, pairs)))
                            : List.of(maskedTokens));
        }
    }
}
