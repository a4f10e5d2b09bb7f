package io.github.cloze4j.model;

import io.github.cloze4j.nn.LowRank;
import io.github.cloze4j.nn.LowRankSettings;
import io.github.cloze4j.nn.LowRankTarget;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Low-rank adaptation (LoRA; Hu et al., 2021): {@code scale · dropout(x) · Aᵀ · Bᵀ} is added to the results of some linear layers
 * of the encoder. The names and defaults are those of Hugging Face's PEFT.
 *
 * <p>Immutable and thread-safe.
 *
 * @param rank rows of A and columns of B, from 1 to 65,536
 * @param alpha the strength of the updates, above 0: their scale is {@code alpha / rank}, or {@code alpha / √rank} if they are rank-stabilized
 * @param dropout the dropout on the input of A, in [0, 1)
 * @param targets the linear layers that have an update, in every encoder layer; at least one
 * @param rankStabilized whether the updates are rank-stabilized (rsLoRA; Kalajdzievski, 2023)
 */
public record LoraConfig(int rank, double alpha, double dropout, Set<LowRankTarget> targets, boolean rankStabilized) {
    /** PEFT's defaults: rank 8, alpha 8, no dropout, updates of queries and values. */
    public static final LoraConfig DEFAULT =
            new LoraConfig(8, 8, 0, EnumSet.of(LowRankTarget.QUERY, LowRankTarget.VALUE), false);

    private static final int MAXIMUM_RANK = 1 << 16;

    /** The parameters of the model that is adapted; heads of fine-tuning and the pooler are not among them. */
    private static final Pattern BASE = Pattern.compile("(bert\\.embeddings|bert\\.encoder|cls)\\..*");

    /** Copies the targets, and checks the ranges. */
    public LoraConfig {
        if (rank < 1 || rank > MAXIMUM_RANK) {
            throw new IllegalArgumentException(
                    "Expected a rank from 1 to " + MAXIMUM_RANK + ". Received: " + rank + ". Choose another");
        }
        if (!(alpha > 0 && alpha < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("Expected alpha above 0. Received: " + alpha + ". Choose another");
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "Expected a dropout of LoRA in [0, 1). Received: " + dropout + ". Choose another");
        }
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("Expected at least one target of LoRA. Received: none. Choose some of "
                    + EnumSet.allOf(LowRankTarget.class).stream()
                            .map(LowRankTarget::module)
                            .toList());
        }
        targets = Collections.unmodifiableSet(EnumSet.copyOf(targets));
    }

    /** The settings on one line, for people: also to compare those of two runs. */
    public String describe() {
        return (rankStabilized ? "rsLoRA" : "LoRA") + " of rank " + rank + ", alpha " + alpha + ", dropout " + dropout
                + ", for " + targets.stream().map(LowRankTarget::module).collect(Collectors.joining(", "));
    }

    /** The factor of the updates. */
    public double scale() {
        return alpha / (rankStabilized ? Math.sqrt(rank) : rank);
    }

    /**
     * Whether LoRA usually trains a parameter: those of the updates, of heads of fine-tuning and of the pooler. The base, which is
     * the embeddings, the encoder and the heads of pretraining, is frozen.
     *
     * @param parameter the name of the parameter
     */
    public static boolean trains(String parameter) {
        return LowRank.isParameter(parameter) || !BASE.matcher(parameter).matches();
    }

    LowRankSettings settings() {
        return new LowRankSettings(rank, scale(), dropout > 0, targets);
    }
}
