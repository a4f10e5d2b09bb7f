package io.github.cloze4j.data;

import io.github.cloze4j.random.RandomStream;
import java.util.Arrays;
import java.util.List;

/** Makes a batch out of rows: copies tokens, masks, lays out. Immutable and thread-safe. */
final class BatchAssembler {
    private final TokenDocuments documents;
    private final BatchConfig config;
    private final MlmMasker masker;
    private final long maskPurpose;

    /** @param maskPurpose keeps masks of training and of evaluation apart under one seed */
    BatchAssembler(TokenDocuments documents, BatchConfig config, long maskPurpose) {
        this.documents = documents;
        this.config = config;
        this.maskPurpose = maskPurpose;
        masker = new MlmMasker(
                config.masking(), config.replacement(), config.specialTokens().mask(), config.vocabularySize());
    }

    /** @param rows at most {@code config.rows()}; those that are missing are padding */
    MlmBatch assemble(List<RowSequence.Row> rows) {
        Layout layout = new Layout(config, rows);
        for (int i = 0; i < rows.size(); i++) {
            RowSequence.Row row = rows.get(i);
            PackedRow packed = read(row.segments());
            RandomStream random = new RandomStream(config.seed(), maskPurpose, row.epoch(), row.position());
            layout.add(i, packed, masker.mask(packed, random));
        }
        return layout.batch(rows.size());
    }

    private PackedRow read(List<Segment> segments) {
        int[] offsets = new int[segments.size() + 1];
        for (int d = 0; d < segments.size(); d++) {
            offsets[d + 1] = offsets[d] + segments.get(d).rowTokens();
        }
        int[] ids = new int[offsets[segments.size()]];
        for (int d = 0; d < segments.size(); d++) {
            Segment segment = segments.get(d);
            ids[offsets[d]] = config.specialTokens().cls();
            documents.copy(segment.document(), segment.from(), ids, offsets[d] + 1, segment.length());
            ids[offsets[d + 1] - 1] = config.specialTokens().sep();
        }
        return new PackedRow(ids, offsets);
    }

    /** The arrays of a batch while they are filled, row by row. */
    private static final class Layout {
        private final int batchRows;
        private final int seqLen;
        private final int[] tokenIds;
        private final int[] positionIds;
        private final int[] documentOffsets;
        private final int[] maskedPositions;
        private final int[] labels;
        private int documents;
        private int masked;
        private int realTokens;

        Layout(BatchConfig config, List<RowSequence.Row> rows) {
            batchRows = config.rows();
            seqLen = config.seqLen();
            int tokens = batchRows * seqLen;
            tokenIds = new int[tokens];
            Arrays.fill(tokenIds, config.specialTokens().pad());
            positionIds = new int[tokens];
            // A row's padding is one more document.
            int most = batchRows
                    + rows.stream().mapToInt(row -> row.segments().size()).sum();
            documentOffsets = new int[most + 1];
            maskedPositions = new int[config.maxMasked()];
            labels = new int[config.maxMasked()];
        }

        void add(int row, PackedRow packed, MlmMasker.Masked masks) {
            int start = row * seqLen;
            int length = packed.ids().length;
            System.arraycopy(packed.ids(), 0, tokenIds, start, length);
            int[] offsets = packed.documentOffsets();
            for (int d = 0; d + 1 < offsets.length; d++) {
                addDocument(start + offsets[d], start + offsets[d + 1]);
            }
            addDocument(start + length, start + seqLen);
            for (int i = 0; i < masks.labels().length; i++) {
                maskedPositions[masked] = start + masks.positions()[i];
                labels[masked] = masks.labels()[i];
                masked++;
            }
            realTokens += length;
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

        MlmBatch batch(int filledRows) {
            for (int row = filledRows; row < batchRows; row++) {
                addDocument(row * seqLen, (row + 1) * seqLen);
            }
            return new MlmBatch(
                    batchRows,
                    seqLen,
                    tokenIds,
                    new int[tokenIds.length],
                    positionIds,
                    Arrays.copyOf(documentOffsets, documents + 1),
                    Arrays.copyOf(maskedPositions, masked),
                    Arrays.copyOf(labels, masked),
                    realTokens);
        }
    }
}
