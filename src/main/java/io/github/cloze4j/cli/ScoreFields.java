package io.github.cloze4j.cli;

import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.train.BestModel;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Score;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The scores of a model, as the JSON of commands names them. */
public final class ScoreFields {
    private ScoreFields() {}

    /** The scores of masked tokens and, if there are such, of pairs; warns if they rest on few tokens. */
    public static Map<String, @Nullable Object> of(Evaluation evaluation, Console console) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        evaluation.scores().forEach((loss, score) -> {
            if (loss.equals(LanguageModelHead.MASKED_LOSS)) {
                fields.put("mlm_loss", score.loss());
                fields.put("accuracy", score.accuracy());
                fields.put("perplexity", score.perplexity());
                fields.put("masked_tokens", score.count());
                TokenWarnings.fewMasked(score.count(), console);
            } else {
                putPairs(fields, score);
            }
        });
        return fields;
    }

    /** The best evaluation of a run, as the JSON of commands names it; nothing if there is none. */
    public static Map<String, @Nullable Object> ofBest(@Nullable BestModel best) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        if (best != null) {
            fields.put("best_metric", best.metric());
            fields.put("best_step", best.step());
            fields.put("best_value", best.value());
        }
        return fields;
    }

    private static void putPairs(Map<String, @Nullable Object> fields, Score score) {
        fields.put("next_sentence_loss", score.loss());
        fields.put("next_sentence_accuracy", score.accuracy());
        fields.put("pairs", score.count());
    }
}
