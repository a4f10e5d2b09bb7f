/**
 * Metrics of fine-tuned models, equal to those of scikit-learn, SciPy, seqeval, the official SQuAD script and
 * sacrebleu.
 *
 * <p>Classification: {@link io.github.cloze4j.finetune.metrics.ConfusionMatrix}, {@link
 * io.github.cloze4j.finetune.metrics.MultiLabelScores}, {@link io.github.cloze4j.finetune.metrics.RocAuc}. Regression: {@link
 * io.github.cloze4j.finetune.metrics.RegressionScores}. Tagging: {@link io.github.cloze4j.finetune.metrics.EntityScores}.
 * Question answering: {@link io.github.cloze4j.finetune.metrics.AnswerScores}. Ranking: {@link
 * io.github.cloze4j.finetune.metrics.MeanReciprocalRank}. Texts that a model writes: {@link io.github.cloze4j.finetune.metrics.Bleu},
 * {@link io.github.cloze4j.finetune.metrics.ChrF}. {@link io.github.cloze4j.finetune.metrics.MajorityBaseline} and {@link
 * io.github.cloze4j.finetune.metrics.Bootstrap} say how much a score is worth.
 *
 * <p>Scores are shares in [0, 1], not percentages; only BLEU and chrF are in [0, 100], as everywhere. A ratio whose denominator is 0 is 0, as in the references, and {@link
 * io.github.cloze4j.finetune.metrics.ClassScores} counts such classes. A correlation or an area that is not defined is NaN.
 *
 * <p>Metrics take labels, scores and texts, and know no model: of our own packages they import only {@code random}.
 */
@NullMarked
package io.github.cloze4j.finetune.metrics;

import org.jspecify.annotations.NullMarked;
