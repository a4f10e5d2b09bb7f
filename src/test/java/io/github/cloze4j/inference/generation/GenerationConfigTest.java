package io.github.cloze4j.inference.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class GenerationConfigTest {
    private static final String RANGE = " above 0 (" + Float.MIN_NORMAL + " to " + Float.MAX_VALUE + "). Received: ";

    private static final Map<String, UnaryOperator<GenerationConfig.Builder>> REFUSED = Map.ofEntries(
            Map.entry("maxNewTokens of at least 1. Received: 0", builder -> builder.maxNewTokens(0)),
            Map.entry("minNewTokens from 0 to maxNewTokens, 20. Received: 21", builder -> builder.minNewTokens(21)),
            Map.entry("temperature" + RANGE + "0.0", builder -> builder.doSample(true)
                    .temperature(0)),
            Map.entry("temperature" + RANGE + "1.0E-320", builder -> builder.doSample(true)
                    .temperature(1e-320)),
            Map.entry("temperature" + RANGE + "NaN", builder -> builder.doSample(true)
                    .temperature(Double.NaN)),
            Map.entry("topK of at least 0", builder -> builder.doSample(true).topK(-1)),
            Map.entry("topP above 0", builder -> builder.doSample(true).topP(0)),
            Map.entry("minP from 0 to 1. Received: 1.5", builder -> builder.doSample(true)
                    .minP(1.5)),
            Map.entry("repetitionPenalty" + RANGE + "0.0", builder -> builder.repetitionPenalty(0)),
            Map.entry("repetitionPenalty" + RANGE + "1.0E-320", builder -> builder.repetitionPenalty(1e-320)),
            Map.entry("repetitionPenalty" + RANGE + "1.0E308", builder -> builder.repetitionPenalty(1e308)),
            Map.entry("noRepeatNgramSize of at least 0", builder -> builder.noRepeatNgramSize(-1)),
            Map.entry("badWordsIds", builder -> builder.badWordsIds(List.of(List.of()))),
            Map.entry("numBeams from 1 to 10000. Received: 0", builder -> builder.numBeams(0)),
            Map.entry("numBeams from 1 to 10000. Received: 1000000000", builder -> builder.numBeams(1_000_000_000)),
            Map.entry("numReturnSequences from 1 to 10000. Received: 10001", builder -> builder.doSample(true)
                    .numReturnSequences(10_001)),
            Map.entry("finite lengthPenalty", builder -> builder.numBeams(2).lengthPenalty(Double.POSITIVE_INFINITY)),
            Map.entry("stopStrings of at least one character each", builder -> builder.stopStrings(List.of("a", ""))),
            Map.entry("temperature 0.5, topK 0", builder -> builder.temperature(0.5)),
            Map.entry("both, numBeams 2", builder -> builder.doSample(true).numBeams(2)),
            Map.entry("lengthPenalty 2.0", builder -> builder.lengthPenalty(2)),
            Map.entry("at most numBeams, 1, without doSample. Received: 2", builder -> builder.numReturnSequences(2)),
            Map.entry("at most numBeams, 3, without doSample. Received: 4", builder -> builder.numBeams(3)
                    .numReturnSequences(4)));

    @Test
    void settingsOutOfRangeOrWithoutEffectAreRefused() {
        REFUSED.forEach((part, change) -> {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> change.apply(GenerationConfig.builder()).build(),
                            part)
                    .getMessage();
            assertTrue(message.contains(part), message + " has not: " + part);
        });
    }

    @Test
    void theEndsOfTheRangesAreAllowed() {
        GenerationConfig least = GenerationConfig.builder()
                .doSample(true)
                .temperature(Float.MIN_NORMAL)
                .repetitionPenalty(Float.MIN_NORMAL)
                .numReturnSequences(10_000)
                .build();
        assertEquals(Float.MIN_NORMAL, least.temperature());
        GenerationConfig beams = GenerationConfig.builder().numBeams(10_000).build();
        assertEquals(10_000, beams.numBeams());
    }

    @Test
    void aBuilderOfAConfigurationKeepsAll() {
        GenerationConfig samples = GenerationConfig.builder()
                .maxNewTokens(7)
                .minNewTokens(2)
                .doSample(true)
                .temperature(0.7)
                .topK(5)
                .topP(0.9)
                .minP(0.1)
                .repetitionPenalty(1.2)
                .noRepeatNgramSize(3)
                .badWordsIds(List.of(List.of(1, 2)))
                .allowUnknown(true)
                .numReturnSequences(4)
                .stopStrings(List.of("."))
                .seed(-9)
                .build();
        assertEquals(samples, samples.toBuilder().build());
        GenerationConfig beams = GenerationConfig.builder()
                .numBeams(4)
                .lengthPenalty(2)
                .earlyStopping(EarlyStopping.NEVER)
                .numReturnSequences(2)
                .build();
        assertEquals(beams, beams.toBuilder().build());
    }
}
