package io.github.cloze4j.finetune.metrics;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** The rules of a data set for comparing a predicted answer with the gold answers. Each score is the best over the gold answers. */
public enum AnswerRules {
    /** English, every question has an answer: {@code evaluate-v1.1.py} of SQuAD. */
    SQUAD_V1 {
        @Override
        public boolean exact(List<String> gold, String prediction) {
            demandAnswer(gold);
            return anyExact(gold, prediction);
        }

        @Override
        public double f1(List<String> gold, String prediction) {
            demandAnswer(gold);
            List<String> predicted = SquadText.tokens(prediction);
            return best(gold, answer -> {
                List<String> tokens = SquadText.tokens(answer);
                return harmonic(SquadText.common(tokens, predicted), tokens.size(), predicted.size());
            });
        }
    },

    /**
     * English, questions may have no answer: {@code evaluate-v2.0.py} of SQuAD. Gold answers of which normalisation leaves nothing do not
     * count. The right prediction for a question without gold answers is one of which normalisation leaves nothing.
     */
    SQUAD_V2 {
        @Override
        public boolean exact(List<String> gold, String prediction) {
            return anyExact(withText(gold), prediction);
        }

        @Override
        public double f1(List<String> gold, String prediction) {
            List<String> predicted = SquadText.tokens(prediction);
            return best(withText(gold), answer -> {
                List<String> tokens = SquadText.tokens(answer);
                if (tokens.isEmpty() || predicted.isEmpty()) {
                    return tokens.equals(predicted) ? 1 : 0;
                }
                return harmonic(SquadText.common(tokens, predicted), tokens.size(), predicted.size());
            });
        }

        private List<String> withText(List<String> gold) {
            List<String> kept = gold.stream()
                    .filter(answer -> !SquadText.tokens(answer).isEmpty())
                    .toList();
            return kept.isEmpty() ? List.of("") : kept;
        }
    },

    /**
     * Chinese, every question has an answer: {@code cmrc2018_evaluate.py}. F1 comes from the longest run of segments that both answers
     * have, where Chinese characters are segments. Words of other scripts end at blanks and punctuation; the official script takes them
     * from NLTK, which splits English contractions differently.
     */
    CMRC {
        @Override
        public boolean exact(List<String> gold, String prediction) {
            demandAnswer(gold);
            String predicted = CmrcText.withoutPunctuation(prediction);
            return gold.stream()
                    .anyMatch(answer -> CmrcText.withoutPunctuation(answer).equals(predicted));
        }

        @Override
        public double f1(List<String> gold, String prediction) {
            demandAnswer(gold);
            List<String> predicted = CmrcText.segments(prediction);
            return best(gold, answer -> {
                List<String> segments = CmrcText.segments(answer);
                return harmonic(CmrcText.longestCommonRun(segments, predicted), segments.size(), predicted.size());
            });
        }
    };

    /**
     * Whether the prediction equals a gold answer after normalisation.
     *
     * @param gold the gold answers; none if the question has no answer
     * @param prediction the predicted text; empty for no answer
     * @throws IllegalArgumentException if there is no gold answer and the rules demand one
     */
    public abstract boolean exact(List<String> gold, String prediction);

    /**
     * F1 of the words that prediction and gold answer share, in [0, 1], for the gold answer with the highest F1.
     *
     * @param gold the gold answers; none if the question has no answer
     * @param prediction the predicted text; empty for no answer
     * @throws IllegalArgumentException if there is no gold answer and the rules demand one
     */
    public abstract double f1(List<String> gold, String prediction);

    private static boolean anyExact(List<String> gold, String prediction) {
        List<String> predicted = SquadText.tokens(prediction);
        return gold.stream().anyMatch(answer -> SquadText.tokens(answer).equals(predicted));
    }

    private static double best(List<String> gold, ToDoubleFunction<String> f1) {
        return gold.stream().mapToDouble(f1).max().orElseThrow();
    }

    /** {@code 2 common / (gold + predicted)}, the harmonic mean of {@code common / predicted} and {@code common / gold}; 0 if common is 0. */
    private static double harmonic(int common, int gold, int predicted) {
        return common == 0 ? 0 : 2.0 * common / (gold + predicted);
    }

    private static void demandAnswer(List<String> gold) {
        if (gold.isEmpty()) {
            throw new IllegalArgumentException("Expected at least one gold answer. Received: none."
                    + " Use SQUAD_V2 if questions may have no answer.");
        }
    }
}
