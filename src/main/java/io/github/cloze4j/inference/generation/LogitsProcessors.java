package io.github.cloze4j.inference.generation;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The changes of scores that a configuration asks for, in the order of transformers.
 *
 * @param always repetition penalty, no-repeat n-gram, bad words, minimum length, suppressed tokens
 * @param whenSampling temperature, top-k, top-p, min-p; none without sampling
 */
record LogitsProcessors(List<LogitsProcessor> always, List<LogitsProcessor> whenSampling) {
    static LogitsProcessors of(GenerationConfig config, Vocabulary vocabulary) {
        List<LogitsProcessor> processors = new ArrayList<>();
        if (config.repetitionPenalty() != 1) {
            processors.add(new RepetitionPenalty(config.repetitionPenalty()));
        }
        if (config.noRepeatNgramSize() > 0) {
            processors.add(new NoRepeatNgram(config.noRepeatNgramSize()));
        }
        if (!config.badWordsIds().isEmpty()) {
            processors.add(badWords(config, vocabulary));
        }
        if (config.minNewTokens() > 0) {
            processors.add(new MinNewTokens(config.minNewTokens(), vocabulary.sepId()));
        }
        processors.add(new SuppressTokens(suppressed(config, vocabulary), vocabulary.size()));
        return new LogitsProcessors(List.copyOf(processors), config.doSample() ? warpers(config) : List.of());
    }

    private static List<LogitsProcessor> warpers(GenerationConfig config) {
        List<LogitsProcessor> warpers = new ArrayList<>();
        if (config.temperature() != 1) {
            warpers.add(new Temperature(config.temperature()));
        }
        if (config.topK() > 0) {
            warpers.add(new TopK(config.topK()));
        }
        if (config.topP() < 1) {
            warpers.add(new TopP(config.topP()));
        }
        if (config.minP() > 0) {
            warpers.add(new MinP(config.minP()));
        }
        return List.copyOf(warpers);
    }

    private static BadWords badWords(GenerationConfig config, Vocabulary vocabulary) {
        List<int[]> sequences = new ArrayList<>();
        for (List<Integer> ids : config.badWordsIds()) {
            int[] sequence = ids.stream().mapToInt(Integer::intValue).toArray();
            if (Arrays.stream(sequence).anyMatch(id -> id >= vocabulary.size())) {
                throw new IllegalArgumentException("Expected badWordsIds below the size of the vocabulary, "
                        + vocabulary.size() + ". Received: " + ids);
            }
            sequences.add(sequence);
        }
        return new BadWords(sequences);
    }

    private static int[] suppressed(GenerationConfig config, Vocabulary vocabulary) {
        IntStream always = IntStream.of(vocabulary.padId(), vocabulary.clsId(), vocabulary.maskId());
        return (config.allowUnknown() ? always : IntStream.concat(always, IntStream.of(vocabulary.unkId()))).toArray();
    }

    /**
     * Changes the scores in place.
     *
     * @return whether any token is allowed
     */
    boolean process(TokenSequence sequence, double[] scores) {
        always.forEach(processor -> processor.process(sequence, scores));
        if (Arrays.stream(scores).allMatch(score -> score == Double.NEGATIVE_INFINITY)) {
            return false;
        }
        whenSampling.forEach(processor -> processor.process(sequence, scores));
        return true;
    }

    /** The failure of a text that no token may follow. */
    static Cloze4jException nothingAllowed(int generatedLength) {
        return new Cloze4jException("Expected a token that may follow " + generatedLength
                + " generated tokens. Received: settings that forbid all. Set a smaller minNewTokens, a larger"
                + " noRepeatNgramSize or fewer badWordsIds");
    }
}
