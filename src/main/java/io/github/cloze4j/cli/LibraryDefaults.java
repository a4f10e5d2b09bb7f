package io.github.cloze4j.cli;

import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.pretrain.Preset;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.train.TrainingConfig;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The library's defaults as values of options, so that each default is written once. */
public final class LibraryDefaults implements IDefaultValueProvider {
    private final Map<String, String> values = new TreeMap<>();

    /** Reads them from the library. */
    public LibraryDefaults() {
        PretrainingConfig pretraining = PretrainingConfig.builder().build();
        put("--seq-len", pretraining.seqLen());
        put("--batch-size", pretraining.batchSize());
        put("--objective", pretraining.objectives());
        put("--clm-share", pretraining.clmShare());
        put("--masking", pretraining.masking());
        put("--mask-probability", pretraining.maskProbability());
        put("--mask-replace-probability", pretraining.maskReplaceProbability());
        put("--random-replace-probability", pretraining.randomReplaceProbability());
        put("--seed", pretraining.seed());
        put("--initialization", Initialization.NORMAL);
        TrainingConfig training = TrainingConfig.builder().build();
        put("--accumulate", training.accumulate());
        put("--lr", training.learningRate());
        put("--warmup", training.warmup());
        put("--schedule", training.schedule());
        put("--optimizer", training.optimizer());
        put("--weight-decay", training.weightDecay());
        put("--beta1", training.beta1());
        put("--beta2", training.beta2());
        put("--epsilon", training.epsilon());
        put("--layer-lr-decay", training.layerDecay());
        put("--evaluations", training.evaluations());
        put("--save-every", training.saveInterval());
        put("--preset", Preset.TINY);
        put("--dropout", BertConfig.builder(1).build().hiddenDropoutProb());
    }

    private void put(String option, Object value) {
        values.put(option, OptionValues.text(value));
    }

    /** The values, by the names of the options; a copy. */
    public Map<String, String> values() {
        return new TreeMap<>(values);
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        return argument instanceof OptionSpec option ? values.get(option.longestName()) : null;
    }
}
