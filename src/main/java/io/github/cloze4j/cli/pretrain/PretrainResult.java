package io.github.cloze4j.cli.pretrain;

import io.github.cloze4j.cli.Console;
import io.github.cloze4j.cli.ScoreFields;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.TrainingResult;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The result of a pretraining, as the JSON of the command has it. */
final class PretrainResult {
    private PretrainResult() {}

    /**
     * The fields.
     *
     * @param objective the one that the run ends with
     * @param unknownShare the share of unknown tokens in the text
     */
    static Map<String, @Nullable Object> fields(
            TrainingResult result, Objective objective, double unknownShare, Console console) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("steps", result.steps());
        fields.put("tokens", result.tokens());
        fields.put("seconds", result.seconds());
        fields.put("tokens_per_second", result.tokensPerSecond());
        fields.put("train_loss", result.trainLoss());
        Evaluation evaluation = result.evaluation();
        if (evaluation == null) {
            // Without text held out there is none, nor if a run is stopped before its first evaluation.
            ScoreFields.words(objective).forEach(name -> fields.put(name, null));
        } else {
            fields.putAll(ScoreFields.of(evaluation, console));
        }
        fields.putAll(ScoreFields.ofBest(result.best()));
        fields.put("unknown_share", unknownShare);
        return fields;
    }
}
