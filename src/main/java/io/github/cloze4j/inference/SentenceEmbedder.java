package io.github.cloze4j.inference;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.Encoding;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Texts as vectors: the encoder's output, pooled over a text's tokens, as Sentence-BERT does it (Reimers and Gurevych, 2019).
 * The masked-language-model head has no part in it.
 *
 * <p>Of a text with more tokens than the model has positions ({@code max_position_embeddings}) the first count, with
 * {@code [SEP]} as the last, as with {@code truncation=True} in {@code transformers}. A text without any token, such as the
 * empty one, is {@code [CLS] [SEP]} and has a vector too. {@link EmbedderSettings} reads the settings of a directory of
 * sentence-transformers.
 *
 * <p>Thread-safe: one object may serve all threads of a server, and several objects may share a model. Calls are answered
 * one after the other, each by one state of the weights, also while another thread trains the model; the kernels work in
 * parallel inside a call. An interrupt ends a call of many texts at its next batch, with a {@link Cloze4jException} and the
 * thread still interrupted. {@link #close}, of this or of the model, waits for calls that have begun; later calls throw an
 * {@link IllegalStateException}. Memory is kept for later texts until then.
 */
public final class SentenceEmbedder implements AutoCloseable {
    /** As PyTorch's {@code normalize}: the least that a vector is divided by. */
    private static final double SMALLEST_NORM = 1e-12;

    private final PackedModel packed;
    private final EmbedderSettings settings;

    /**
     * How a text's vectors, one for each token, become one. {@code [CLS]} and {@code [SEP]} are tokens too. The constants are
     * in the order in which sentence-transformers appends the vectors of several ways.
     */
    public enum Pooling {
        /** The vector of {@code [CLS]}, the first token. */
        CLS("cls", "pooling_mode_cls_token"),
        /** The largest number of all tokens, in each dimension. */
        MAX("max", "pooling_mode_max_tokens"),
        /** The mean over all tokens. */
        MEAN("mean", "pooling_mode_mean_tokens"),
        /** The sum over all tokens, divided by the square root of their number. */
        MEAN_SQRT_LEN("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens"),
        /** The mean over all tokens, the first with weight 1, the second with weight 2, and so on. */
        WEIGHTED_MEAN("weightedmean", "pooling_mode_weightedmean_tokens"),
        /** The vector of the last token, {@code [SEP]}. */
        LAST_TOKEN("lasttoken", "pooling_mode_lasttoken");

        private final String configName;
        private final String flag;

        Pooling(String configName, String flag) {
            this.configName = configName;
            this.flag = flag;
        }

        /** The field of {@code 1_Pooling/config.json} that is true for this way. */
        String flag() {
            return flag;
        }

        static Pooling of(Path path, String name) {
            return Arrays.stream(values())
                    .filter(way -> way.configName.equals(name))
                    .findFirst()
                    .orElseThrow(() -> EmbedderSettings.refused(path, "a pooling_mode of sentence-transformers", name));
        }

        /**
         * One vector of many.
         *
         * @param rows the tokens' vectors, at least one
         */
        private double[] of(List<double[]> rows) {
            return switch (this) {
                case CLS -> rows.get(0).clone();
                case LAST_TOKEN -> rows.get(rows.size() - 1).clone();
                case MAX -> maximum(rows);
                case MEAN -> sum(rows, token -> 1.0 / rows.size());
                case MEAN_SQRT_LEN -> sum(rows, token -> 1 / Math.sqrt(rows.size()));
                case WEIGHTED_MEAN -> {
                    double weights = rows.size() * (rows.size() + 1) / 2.0;
                    yield sum(rows, token -> (token + 1) / weights);
                }
            };
        }

        private static double[] sum(List<double[]> rows, IntToDoubleFunction weight) {
            double[] sum = new double[rows.get(0).length];
            for (int token = 0; token < rows.size(); token++) {
                double[] row = rows.get(token);
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += row[i] * weight.applyAsDouble(token);
                }
            }
            return sum;
        }

        private static double[] maximum(List<double[]> rows) {
            double[] maximum = rows.get(0).clone();
            for (double[] row : rows) {
                for (int i = 0; i < maximum.length; i++) {
                    maximum[i] = Math.max(maximum[i], row[i]);
                }
            }
            return maximum;
        }
    }

    /**
     * Uses a model, which stays the caller's to close.
     *
     * @param tokenizer with a vocabulary of at most the model's size
     * @param normalize whether vectors are divided by their Euclidean norm, so that a dot product is a cosine
     * @throws IllegalArgumentException if the vocabulary is larger
     */
    public SentenceEmbedder(Bert model, BertTokenizer tokenizer, Pooling pooling, boolean normalize) {
        this(
                model,
                tokenizer,
                EmbedderSettings.plain(Path.of("")).withPooling(pooling).withNormalize(normalize));
    }

    /**
     * Uses a model as its directory says, or as a caller does; the model stays the caller's to close.
     *
     * @param tokenizer with a vocabulary of at most the model's size
     * @param settings of {@link EmbedderSettings#read}
     * @throws IllegalArgumentException if the vocabulary is larger
     */
    public SentenceEmbedder(Bert model, BertTokenizer tokenizer, EmbedderSettings settings) {
        packed = new PackedModel(model, settings.lowerCase() ? tokenizer.lowerCasing() : tokenizer, "SentenceEmbedder");
        this.settings = settings;
    }

    /** The length of every vector: the model's hidden size, times the ways of pooling. */
    public int dimensions() {
        return packed.model().config().hiddenSize() * settings.pooling().size();
    }

    /**
     * A text's vector {@code [hidden]}.
     *
     * @throws Cloze4jException if the model's output is not finite
     */
    public float[] embed(String text) {
        return embed(List.of(text)).get(0);
    }

    /**
     * The vectors {@code [hidden]} of many texts, in the order given, which is faster than one at a time; of none, none.
     *
     * @throws Cloze4jException if the model's output is not finite
     */
    public List<float[]> embed(List<String> texts) {
        List<Encoding> encodings = texts.stream()
                .map(text -> packed.encodeTruncated(settings.prompt() + text, settings.maxTokens()))
                .toList();
        float[][] vectors = new float[texts.size()][];
        packed.answer(
                PackedModel.longestFirst(encodings)
                        .mapToObj(text ->
                                Document.withoutMasks(text, encodings.get(text).ids())),
                batch -> {
                    packed.rows().read(packed.pass().hiddenStates(batch.batch()));
                    Documents places = batch.batch().documents();
                    for (int d = 0; d < batch.documents().size(); d++) {
                        vectors[batch.documents().get(d).text()] = pool(places.begin(d), places.end(d));
                    }
                });
        return List.of(vectors);
    }

    /** Whether a text has more tokens than are embedded. */
    boolean cuts(String text) {
        int most = Math.min(settings.maxTokens(), packed.model().config().maxPositionEmbeddings());
        return packed.encodeWhole(settings.prompt() + text).ids().length > most;
    }

    /** Frees what was kept for later texts, not the model. Waits for the calls of other threads. */
    @Override
    public void close() {
        packed.close();
    }

    /** Of the document whose tokens are rows {@code [from, to)}. */
    private float[] pool(int from, int to) {
        // Copies: rows are read into one array.
        List<double[]> rows = IntStream.range(from, to)
                .mapToObj(token -> packed.rows().row(token).clone())
                .toList();
        double[] pooled = settings.pooling().stream()
                .flatMapToDouble(way -> Arrays.stream(way.of(rows)))
                .toArray();
        double norm = Math.sqrt(Arrays.stream(pooled).map(x -> x * x).sum());
        if (!Double.isFinite(norm)) {
            throw new Cloze4jException("Expected finite output of the model. Received: a vector of norm " + norm
                    + ". Use a model whose training did not diverge");
        }
        double divisor = settings.normalize() ? Math.max(norm, SMALLEST_NORM) : 1;
        float[] vector = new float[pooled.length];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (pooled[i] / divisor);
        }
        return vector;
    }
}
