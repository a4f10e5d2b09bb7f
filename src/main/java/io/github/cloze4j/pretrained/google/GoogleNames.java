package io.github.cloze4j.pretrained.google;

import java.util.Set;

/** The names of Google's code for the parameters that bear Hugging Face's here. */
final class GoogleNames {
    static final String WORDS = "bert/embeddings/word_embeddings";
    static final String POSITIONS = "bert/embeddings/position_embeddings";
    static final String TYPES = "bert/embeddings/token_type_embeddings";

    private static final String KERNEL = "/kernel";

    private GoogleNames() {}

    /** {@code bert.encoder.layer.0.output.dense.weight} → {@code bert/encoder/layer_0/output/dense/kernel}. */
    static String of(String parameter) {
        return parameter
                .replaceFirst("\\.layer\\.(\\d+)\\.", ".layer_$1.")
                .replaceFirst("LayerNorm\\.weight$", "LayerNorm.gamma")
                .replaceFirst("LayerNorm\\.bias$", "LayerNorm.beta")
                .replaceFirst("_embeddings\\.weight$", "_embeddings")
                .replaceFirst("^cls\\.(predictions|seq_relationship)\\.bias$", "cls.$1.output_bias")
                .replaceFirst("^cls\\.seq_relationship\\.weight$", "cls.seq_relationship.output_weights")
                .replaceFirst("\\.weight$", KERNEL)
                .replace('.', '/');
    }

    /** The first of a layer's tensors that bounds its memory: {@code [hidden, hidden]}. */
    static String query(int layer) {
        return "bert/encoder/layer_" + layer + "/attention/self/query" + KERNEL;
    }

    /** The second: {@code [hidden, intermediate]}. */
    static String intermediate(int layer) {
        return "bert/encoder/layer_" + layer + "/intermediate/dense" + KERNEL;
    }

    /** Whether a tensor is the matrix of a dense layer, {@code [in, out]}; Hugging Face's are {@code [out, in]}. */
    static boolean isKernel(String name) {
        return name.endsWith(KERNEL);
    }

    /**
     * Whether a tensor is one that an optimizer keeps for a variable of the model, such as {@code …/kernel/adam_m} or {@code
     * …/kernel/AdamWeightDecayOptimizer_1}: TensorFlow names it after the variable and whatever the optimizer is called.
     *
     * @param variables the names of the model's variables
     */
    static boolean isOptimizers(String name, Set<String> variables) {
        for (int slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
            if (variables.contains(name.substring(0, slash))) {
                return true;
            }
        }
        return false;
    }

    /** Whether a tensor is of the masked-language-model head. */
    static boolean isHeads(String name) {
        return name.startsWith("cls/predictions/");
    }

    static boolean isPoolers(String name) {
        return name.startsWith("bert/pooler/");
    }

    /** Whether a tensor is of the scores that next-sentence prediction makes of the pooler's output. */
    static boolean isNextSentenceScores(String name) {
        return name.startsWith("cls/seq_relationship/");
    }
}
