package io.github.cloze4j.monitor;

import io.github.cloze4j.optim.ScheduleKind;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Score;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingListener;
import io.github.cloze4j.train.TrainingResult;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** Made-up runs with the shape of real ones. */
final class Runs {
    /** The settings of a made-up task. */
    static final Map<String, String> TASK = Map.of("masking", "whole-word");

    private Runs() {}

    /** The scores of a model that learns masked tokens alone. */
    static Map<String, Score> mlm(double loss) {
        return Map.of("mlm", new Score(loss, 0.125, 300));
    }

    /** An evaluation of a model that learns masked tokens alone. */
    static Evaluation evaluation(double loss, double accuracy, long maskedTokens) {
        return new Evaluation(Map.of("mlm", new Score(loss, accuracy, maskedTokens)));
    }

    /** An evaluation of a regression: its loss has no right answers to count, and its task has metrics. */
    static Evaluation measured() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("pearson", 0.875);
        metrics.put("label_count", -0.5);
        return new Evaluation(Map.of("mse", new Score(0.25, Double.NaN, 40)), metrics);
    }

    /** The scores of a model that learns masked tokens and pairs of texts, in the order of its heads. */
    static Map<String, Score> withPairs(Score mlm, Score pairs) {
        Map<String, Score> scores = new LinkedHashMap<>();
        scores.put("mlm", mlm);
        scores.put("nsp", pairs);
        return scores;
    }

    static StepReport step(long step, long steps, double loss) {
        double progress = (double) step / steps;
        return new StepReport(step, progress, mlm(loss), 1e-3 * (1 - progress), 2.5, step * 2048, step * 0.25, 8192);
    }

    static TrainingConfig timeBudget(Duration limit) {
        return TrainingConfig.builder()
                .timeLimit(limit)
                .schedule(ScheduleKind.WARMUP_STABLE_DECAY)
                .build();
    }

    static TrainingResult result(long steps, Evaluation evaluation) {
        return new TrainingResult(steps, steps * 2048, steps * 0.25, 8192, 4.25, evaluation, false, null);
    }

    /** Tells a listener of steps whose loss falls noisily, with ten evaluations. */
    static void play(TrainingListener listener, long steps) {
        Random random = new Random(steps);
        listener.onStart(TrainingConfig.builder().build(), TASK, 1);
        Evaluation evaluation = null;
        for (long step = 1; step <= steps; step++) {
            double progress = (double) step / steps;
            double mean = 3.1 + 6.2 * Math.exp(-9 * progress);
            double warm = Math.min(1, progress / 0.06);
            listener.onStep(new StepReport(
                    step,
                    progress,
                    mlm(mean + 0.25 * random.nextGaussian()),
                    1e-3 * Math.min(warm, (1 - progress) / 0.94),
                    0.6 + 3 * Math.exp(-20 * progress) + 0.1 * random.nextDouble(),
                    step * 2048,
                    step * 0.05,
                    40960));
            if (step % Math.max(1, steps / 10) == 0) {
                evaluation = evaluation(mean + 0.12, 0.45 - 0.4 * Math.exp(-6 * progress), 30_000);
                listener.onEvaluation(step, evaluation);
            }
        }
        listener.onEnd(result(steps, evaluation));
    }

    static RunSummary summary(String name, RunHistory history) {
        Map<String, String> model = new LinkedHashMap<>();
        model.put("layers", "4");
        model.put("hidden", "256");
        model.put("heads", "4");
        model.put("parameters", "11,171,642");
        model.put("vocabulary", "8,192 word pieces, uncased");
        Map<String, String> data = new LinkedHashMap<>();
        data.put("corpus", "WordNet 3.1 glosses");
        data.put("documents", "117,791");
        data.put("tokens", "2,104,337");
        data.put("SHA-256 of the vocabulary", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("cloze4j", "0.1.0");
        environment.put("java", "17.0.13 (Eclipse Adoptium)");
        environment.put("kernels", "cpu, fp32, AVX-512, 2 threads");
        List<RunHistory.HeldOut> evaluations = history.evaluations();
        return new RunSummary(
                name,
                TrainingConfig.builder().build(),
                TASK,
                result(
                        1000,
                        evaluations.isEmpty()
                                ? null
                                : evaluations.get(evaluations.size() - 1).evaluation()),
                history,
                model,
                data,
                environment,
                List.of(
                        example("a small [MASK] with wings and feathers", "bird", "animal", "insect", "fish", "##ling"),
                        example("the capital of [MASK]", "the", "france", "india", "state", "italy"),
                        example("a musical [MASK] with strings", "instrument", "composition", "form", "work", "note")));
    }

    private static FillMaskExample example(String text, String... tokens) {
        double[] probabilities = {0.412, 0.187, 0.094, 0.031, 0.004};
        return new FillMaskExample(
                text,
                List.of(IntStream.range(0, tokens.length)
                        .mapToObj(i -> new FillMaskExample.Candidate(tokens[i], probabilities[i]))
                        .toList()));
    }
}
