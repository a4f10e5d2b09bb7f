package io.github.cloze4j.cli;

import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.train.TrainingConfig;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Defaults of options as the library has them, so that each stands once. */
final class PretrainDefaults implements IDefaultValueProvider {
    private final Map<String, Object> values = new HashMap<>();

    PretrainDefaults() {
        TrainingConfig training = TrainingConfig.builder().build();
        values.put("--seq-len", training.seqLen());
        values.put("--batch-size", training.batchSize());
        values.put("--accumulate", training.accumulate());
        values.put("--lr", training.learningRate());
        values.put("--warmup", training.warmup());
        values.put("--schedule", OptionValues.name(training.schedule()));
        values.put("--weight-decay", training.weightDecay());
        values.put("--beta1", training.beta1());
        values.put("--beta2", training.beta2());
        values.put("--mask-probability", training.maskProbability());
        values.put("--seed", training.seed());
        values.put("--eval-every", training.evaluateEvery());
        values.put("--save-every", training.saveEvery());
        values.put("--preset", OptionValues.name(Preset.TINY));
        values.put("--dropout", BertConfig.of(1, 1, 1, 1).hiddenDropoutProb());
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        Object value = argument instanceof OptionSpec option ? values.get(option.longestName()) : null;
        return value == null ? null : value.toString();
    }
}
