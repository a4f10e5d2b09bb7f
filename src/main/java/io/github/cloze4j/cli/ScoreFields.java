package io.github.cloze4j.cli;

import io.github.cloze4j.data.Objective;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.pretrain.PretrainingHeads;
import io.github.cloze4j.train.BestModel;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Score;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The scores of a model, as the JSON of commands names them. */
public final class ScoreFields {
    private static final Set<String> WORDS =
            Set.of(LanguageModelHead.MASKED_LOSS, LanguageModelHead.NEXT_WORD_LOSS, LanguageModelHead.PREFIX_LOSS);

    private ScoreFields() {}

    /** The names of the figures of words. */
    public static List<String> words(Objective objective) {
        return words(PretrainingHeads.losses(objective).get(0));
    }

    private static List<String> words(String loss) {
        boolean masked = loss.equals(LanguageModelHead.MASKED_LOSS);
        return List.of(
                loss.replace('-', '_') + "_loss", "accuracy", "perplexity", masked ? "masked_tokens" : "next_tokens");
    }

    /** The scores of words and, if there are such, of pairs; warns if they rest on few tokens. */
    public static Map<String, @Nullable Object> of(Evaluation evaluation, Console console) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        evaluation.scores().forEach((loss, score) -> {
            if (WORDS.contains(loss)) {
                List<String> names = words(loss);
                fields.put(names.get(0), score.loss());
                fields.put(names.get(1), score.accuracy());
                fields.put(names.get(2), score.perplexity());
                fields.put(names.get(3), score.count());
                TokenWarnings.fewScored(score.count(), console);
            } else {
                putPairs(fields, score);
            }
        });
        return fields;
    }

    /**
     * Adds the figures of a character, by which models of different vocabularies can be compared: the perplexity, and the bits
     * that a character takes.
     *
     * @param characters of the text that was scored, unknown words included
     */
    static void putCharacters(Map<String, @Nullable Object> fields, Evaluation evaluation, long characters) {
        double nats = evaluation.scores().values().stream()
                .mapToDouble(score -> score.loss() * score.count())
                .sum();
        fields.put("characters", characters);
        fields.put("perplexity_per_character", Math.exp(nats / characters));
        fields.put("bits_per_character", nats / characters / Math.log(2));
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
