package io.github.cloze4j.model.head;

import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Head;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.ScoreReader;
import io.github.cloze4j.nn.Initial;
import io.github.cloze4j.nn.LayerNorm;
import io.github.cloze4j.nn.Linear;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The head of language modelling (Devlin et al., 2019): it scores every word of the vocabulary at a row. Dense, the model's
 * activation, LayerNorm, and a decoder, tied to the word embeddings or with a weight of its own. Scores exist for a chunk of
 * rows at a time, so that memory does not grow with batch times vocabulary.
 *
 * <p>What a row predicts is up to the batch: the word that a mask hides, or the word after the row. The kinds differ in nothing
 * but the name of their loss. A model may have several, whose parameters are the same ones.
 */
public final class LanguageModelHead implements Head {
    /** The name of the loss of masked words. */
    public static final String MASKED_LOSS = "mlm";

    /** The name of the loss of the next word, where each token sees the tokens before it. */
    public static final String NEXT_WORD_LOSS = "clm";

    /** The name of the loss of the next word of a target, where each token sees the whole source besides. */
    public static final String PREFIX_LOSS = "prefix-lm";

    /** For masked words. */
    public static final HeadKind MASKED = kind(MASKED_LOSS);

    /** For the next word. */
    public static final HeadKind NEXT_WORD = kind(NEXT_WORD_LOSS);

    /** For the next word of a target that follows a source. */
    public static final HeadKind PREFIX = kind(PREFIX_LOSS);

    /** The beginning of the names of its own parameters, which are Hugging Face's. */
    public static final String PARAMETERS = "cls.predictions.";

    private final String loss;
    private final Kernels kernels;
    private final Linear dense;
    private final Activation activation;
    private final LayerNorm norm;
    private final Linear decoder;
    private final int hidden;
    private final int vocabulary;

    private static HeadKind kind(String loss) {
        return (layout, kernels, config, words) ->
                new LanguageModelHead(loss, layout.sharing(), kernels, config, words);
    }

    private LanguageModelHead(
            String loss, ParameterLayout layout, Kernels kernels, BertConfig config, Parameter words) {
        this.loss = loss;
        this.kernels = kernels;
        hidden = config.hiddenSize();
        vocabulary = config.vocabSize();
        activation = config.hiddenAct();
        dense = new Linear(layout, kernels, PARAMETERS + "transform.dense", hidden, hidden);
        norm = new LayerNorm(layout, kernels, PARAMETERS + "transform.LayerNorm", hidden, config.layerNormEps());
        Parameter decoding = config.tieWordEmbeddings()
                ? words
                : layout.weight(PARAMETERS + "decoder.weight", Initial.RANDOM, vocabulary, hidden);
        decoder = new Linear(kernels, decoding, layout.undecayed(PARAMETERS + "bias", Initial.ZEROS, vocabulary));
    }

    @Override
    public String loss() {
        return loss;
    }

    @Override
    public int outputs() {
        return vocabulary;
    }

    @Override
    public Activations plan(Arena arena, int rows, int mostScores) {
        return new Memory(
                rows,
                rowsAtATime(rows, mostScores),
                arena.take(rows, hidden),
                arena.take(rows, hidden),
                norm.plan(arena, rows),
                arena.take(rowsAtATime(rows, mostScores), vocabulary),
                arena.take(rows, hidden));
    }

    /** Rows {@code [first, end)}; all chunks share the memory of the scores. */
    private record Chunk(
            int first,
            int end,
            INDArray y, // [end - first, hidden]
            INDArray scores, // [end - first, vocabulary]
            INDArray dHidden // [end - first, hidden]
            ) {}

    private final class Memory implements Activations {
        private final int rows;
        private final int atATime;
        private final INDArray derivative; // [rows, hidden] of the activation
        private final INDArray activated; // [rows, hidden]
        private final LayerNorm.Activations normed; // its y is what is decoded
        private final INDArray scores; // [rows at a time, vocabulary]
        private final INDArray dHidden; // [rows, hidden]
        /** Made at their first use: views are garbage that every step would leave. */
        private List<Chunk> chunks = List.of();

        Memory(
                int rows,
                int atATime,
                INDArray derivative,
                INDArray activated,
                LayerNorm.Activations normed,
                INDArray scores,
                INDArray dHidden) {
            this.rows = rows;
            this.atATime = atATime;
            this.derivative = derivative;
            this.activated = activated;
            this.normed = normed;
            this.scores = scores;
            this.dHidden = dHidden;
        }

        @Override
        public Memory rows(int count) {
            return new Memory(
                    count,
                    atATime,
                    Arena.rows(derivative, 0, count),
                    Arena.rows(activated, 0, count),
                    normed.rows(count),
                    scores,
                    Arena.rows(dHidden, 0, count));
        }

        @Override
        public Pending<LossSum> loss(INDArray x, Targets targets, DoubleFunction<Dropout> dropout) {
            forward(x);
            Pending<LossSum> loss = Pending.of(LossSum.ZERO);
            for (Chunk chunk : chunks()) {
                loss = loss.and(loss(chunk, targets, 0), LossSum::plus);
            }
            return loss;
        }

        @Override
        public Pending<LossSum> train(
                INDArray x, Targets targets, double gradientScale, DoubleFunction<Dropout> dropout, INDArray dx) {
            forward(x);
            Pending<LossSum> loss = Pending.of(LossSum.ZERO);
            for (Chunk chunk : chunks()) {
                loss = loss.and(loss(chunk, targets, gradientScale), LossSum::plus);
                decoder.backward(chunk.y(), chunk.scores(), chunk.dHidden());
            }
            backward(x, dx);
            return loss;
        }

        @Override
        public void scores(INDArray x, ScoreReader reader) {
            forward(x);
            for (Chunk chunk : chunks()) {
                decoder.forward(chunk.y(), chunk.scores());
                reader.read(chunk.first(), chunk.scores());
            }
        }

        private void forward(INDArray x) {
            dense.forward(x, activation, derivative, activated);
            norm.forward(activated, null, Dropout.NONE, normed);
        }

        private void backward(INDArray x, INDArray dx) {
            norm.backward(dHidden, Dropout.NONE, normed, null, dHidden);
            kernels.multiply(derivative, dHidden);
            dense.backward(x, dHidden, dx);
        }

        /** Decodes a chunk and turns its scores into their gradient. */
        private Pending<LossSum> loss(Chunk chunk, Targets targets, double gradientScale) {
            Targets own = targets.range(chunk.first(), chunk.end());
            own.requireLabelsBelow(vocabulary);
            decoder.forward(chunk.y(), chunk.scores());
            return kernels.crossEntropy(chunk.scores(), own.labels(), gradientScale);
        }

        private List<Chunk> chunks() {
            if (chunks.isEmpty()) {
                chunks = cut();
            }
            return chunks;
        }

        private List<Chunk> cut() {
            List<Chunk> parts = new ArrayList<>();
            for (int first = 0; first < rows; first += atATime) {
                int count = Math.min(atATime, rows - first);
                parts.add(new Chunk(
                        first,
                        first + count,
                        Arena.rows(normed.y(), first, count),
                        Arena.rows(scores, 0, count),
                        Arena.rows(dHidden, first, count)));
            }
            return parts;
        }
    }
}
