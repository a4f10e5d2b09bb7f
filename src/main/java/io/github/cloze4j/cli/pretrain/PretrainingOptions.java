package io.github.cloze4j.cli.pretrain;

import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.masking.Masking;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.pretrain.ObjectiveSchedule;
import io.github.cloze4j.pretrain.PretrainingConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Option;

/** Options for the data that BERT is pretrained on: rows, objective, masks and seed. Defaults come from {@link PretrainDefaults}. */
final class PretrainingOptions {
    private static final String CLM_SHARE = "--clm-share";

    private static final String MASKING = "--masking";
    private static final String MASK_PROBABILITY = "--mask-probability";
    private static final String MASK_REPLACE_PROBABILITY = "--mask-replace-probability";
    private static final String RANDOM_REPLACE_PROBABILITY = "--random-replace-probability";

    /** Options that say what is masked, and what masked tokens become. */
    private static final List<String> OF_MASKS =
            List.of(MASKING, MASK_PROBABILITY, MASK_REPLACE_PROBABILITY, RANDOM_REPLACE_PROBABILITY);

    @Option(names = "--seq-len", paramLabel = "N", description = "Tokens of a row (default: ${DEFAULT-VALUE}).")
    private int seqLen;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            description = "Rows of a micro-batch (default: ${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(
            names = "--objective",
            paramLabel = "NAME",
            description =
                    "mlm (masked words), clm (the next word), prefix-lm (the next word of the second part of a text,"
                            + " which sees all of the first part), mlm-nsp (with next-sentence prediction, as BERT) or mlm-sop"
                            + " (with sentence-order prediction, as ALBERT); the last two need --blank-line-documents with a"
                            + " sentence on each line. Several of the first three, each with its share of the budget:"
                            + " clm:0.25,mlm (default: ${DEFAULT-VALUE}).")
    private ObjectiveSchedule objectives = ObjectiveSchedule.of(Objective.MLM);

    @Option(
            names = CLM_SHARE,
            paramLabel = "X",
            description = "Share of the next words that clm and prefix-lm learn from, drawn at random: less takes less"
                    + " time a step (default: ${DEFAULT-VALUE}).")
    private double clmShare;

    @Option(
            names = MASKING,
            paramLabel = "NAME",
            description =
                    "What is masked together: token, whole-word, chinese-whole-word, n-gram (ALBERT), span (SpanBERT),"
                            + " or single tokens counted as by google or hf (Hugging Face) (default: ${DEFAULT-VALUE}).")
    private Masking masking = Masking.TOKEN;

    @Option(
            names = MASK_PROBABILITY,
            paramLabel = "X",
            description = "Share of tokens that are masked (default: ${DEFAULT-VALUE}).")
    private double maskProbability;

    @Option(
            names = MASK_REPLACE_PROBABILITY,
            paramLabel = "X",
            description = "Share of masked tokens that become [MASK] (default: ${DEFAULT-VALUE}).")
    private double maskReplaceProbability;

    @Option(
            names = RANDOM_REPLACE_PROBABILITY,
            paramLabel = "X",
            description = "Share of masked tokens that become a random token (default: ${DEFAULT-VALUE}).")
    private double randomReplaceProbability;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of everything that is drawn (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--initialization",
            paramLabel = "NAME",
            description = "Initial weights: normal, or truncated-normal (Google's) (default: ${DEFAULT-VALUE}).")
    private Initialization initialization = Initialization.NORMAL;

    @Option(
            names = "--recompute-activations",
            description = "Compute activations again in backward instead of keeping them: less memory, more time, the"
                    + " same numbers.")
    private boolean recomputeActivations;

    /**
     * Checks that the objective uses the options.
     *
     * @param named the options that the command line itself names
     * @throws IllegalArgumentException if one of them has no effect
     */
    void requireEffect(Set<String> named) {
        if (named.contains(CLM_SHARE) && !objectives.predictsNext()) {
            throw new IllegalArgumentException("Expected " + CLM_SHARE + " with an objective of the next word, clm or"
                    + " prefix-lm. Received: --objective " + objectives + ". Leave " + CLM_SHARE + " out");
        }
        for (String option : OF_MASKS) {
            if (named.contains(option) && !objectives.masks()) {
                throw new IllegalArgumentException("Expected " + option + " with an objective of masked words."
                        + " Received: --objective " + objectives + ", which masks none. Leave " + option + " out");
            }
        }
    }

    /** @throws IllegalArgumentException if a value is out of its range */
    PretrainingConfig config() {
        return PretrainingConfig.builder()
                .seqLen(seqLen)
                .batchSize(batchSize)
                .objectives(objectives)
                .clmShare(clmShare)
                .masking(masking)
                .maskProbability(maskProbability)
                .maskReplaceProbability(maskReplaceProbability)
                .randomReplaceProbability(randomReplaceProbability)
                .seed(seed)
                .recomputeActivations(recomputeActivations)
                .build();
    }

    /** The settings of the task and how the first weights are drawn, which the task does not know: for reports and cards. */
    Map<String, String> withInitialization(Map<String, String> settings) {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.put("initialization", initialization.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        return all;
    }

    /** How the weights of a new model, or of a new head, are drawn. */
    Initialization initialization() {
        return initialization;
    }
}
