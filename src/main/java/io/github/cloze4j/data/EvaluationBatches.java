package io.github.cloze4j.data;

import io.github.cloze4j.CorpusException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * One pass over documents in their order, with fixed masks, pairs and cuts: the same batches at every iteration, whatever was trained
 * before. The last batch is filled with rows of padding; batches without a target are left out. Immutable
 * and thread-safe; an iterator is for one thread and builds each batch when it is taken.
 */
public final class EvaluationBatches implements Iterable<Batch> {
    private static final long EVALUATION_MASKS = 0x4556414c;

    private final TokenDocuments documents;
    private final BatchConfig config;
    private final WindowPacker packer;
    private final BatchAssembler assembler;
    private final int stride;

    /**
     * A pass.
     *
     * @param documents stay open while iterators are used
     * @param config of the batches; its seed is that of masks and pairs; its workers are not used
     * @throws CorpusException if the documents hold no token, were made with a vocabulary of another size, or hold no pairs
     *     where the objective has pairs
     */
    public EvaluationBatches(TokenDocuments documents, BatchConfig config) {
        this.documents = documents;
        this.config = config;
        ExampleSource examples = BatchStream.examples(documents, config);
        packer = new WindowPacker(examples, config, false);
        assembler = new BatchAssembler(documents, config, EVALUATION_MASKS);
        stride = 1;
    }

    private EvaluationBatches(EvaluationBatches all, int stride) {
        documents = all.documents;
        config = all.config;
        packer = all.packer;
        assembler = all.assembler;
        this.stride = stride;
    }

    /**
     * A sample that is spread evenly over the documents: the first of each {@code stride} batches, as the whole pass has it.
     * In the place of a batch without a target, the sample has the next one that has some.
     *
     * @param stride at least 1
     */
    public EvaluationBatches everyNth(int stride) {
        if (stride < 1) {
            throw new IllegalArgumentException("Expected at least 1 batch for each of the sample. Received: " + stride);
        }
        return new EvaluationBatches(this, stride);
    }

    /** The most targets that a batch has for each head: words, and pairs if the objective has them. */
    public int[] maxTargets() {
        return config.maxTargets();
    }

    @Override
    public Iterator<Batch> iterator() {
        return new Pass();
    }

    private final class Pass implements Iterator<Batch> {
        private final RowSequence rows = documents.reading(() -> new RowSequence(packer, BatchCursor.START));
        private long batches;
        /** Whether the next batch that has a target belongs to the sample. */
        private boolean due;

        private Optional<Batch> next = documents.reading(this::advance);

        @Override
        public boolean hasNext() {
            return next.isPresent();
        }

        @Override
        public Batch next() {
            Batch current = next.orElseThrow(() -> new NoSuchElementException("The pass is over"));
            next = documents.reading(this::advance);
            return current;
        }

        private Optional<Batch> advance() {
            while (!over()) {
                List<RowSequence.Row> taken = new ArrayList<>(config.rows());
                while (taken.size() < config.rows() && !over()) {
                    taken.add(rows.next());
                }
                due |= batches++ % stride == 0;
                if (due) {
                    Batch batch = assembler.assemble(taken);
                    if (batch.targets().get(0).count() > 0) {
                        due = false;
                        return Optional.of(batch);
                    }
                }
            }
            return Optional.empty();
        }

        private boolean over() {
            return rows.cursor().epoch() > 0;
        }
    }
}
