package io.github.cloze4j.pretrained;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Names of tensors as files have them, by the names that {@code BertForMaskedLM} gives them today. Checkpoints of 2019 call
 * LayerNorm's parameters gamma and beta; a {@code BertModel} has no {@code bert.} before its names.
 */
final class WeightNames {
    static final String WORDS = "bert.embeddings.word_embeddings.weight";
    static final String DECODER = "cls.predictions.decoder.weight";
    static final String BIAS = "cls.predictions.bias";
    static final String DECODER_BIAS = "cls.predictions.decoder.bias";

    private static final String ENCODER = "bert.";
    private static final String HEADS = "cls.";
    private static final String HEAD = "cls.predictions.";

    private static final String POOLER = "bert.pooler.";
    private static final String NEXT_SENTENCE = "cls.seq_relationship.";

    /** Tensors that may be there without a use: counted positions, and the pooler and head of next-sentence prediction. */
    private static final List<String> UNUSED = List.of("bert.embeddings.position_ids", POOLER, NEXT_SENTENCE);

    private final Map<String, String> inFile = new LinkedHashMap<>();

    /** @throws IllegalArgumentException if two names mean one tensor */
    WeightNames(Set<String> names) {
        boolean prefixed = names.stream().anyMatch(name -> name.startsWith(ENCODER));
        for (String name : names) {
            String today =
                    name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias");
            today = prefixed || today.startsWith(HEADS) ? today : ENCODER + today;
            if (inFile.put(today, name) != null) {
                throw new IllegalArgumentException(today);
            }
        }
    }

    /** Today's names. */
    Set<String> all() {
        return Collections.unmodifiableSet(inFile.keySet());
    }

    /** The name in the file; null if there is no such tensor. */
    @Nullable
    String inFile(String today) {
        return inFile.get(today);
    }

    /** Whether there is any part of a masked-language-model head. */
    boolean hasHead() {
        return inFile.keySet().stream().anyMatch(WeightNames::ofHead);
    }

    /** Whether there is any part of a pooler. */
    boolean hasPooler() {
        return inFile.keySet().stream().anyMatch(WeightNames::ofPooler);
    }

    /** Whether there is any part of the next-sentence head's scores, which have the pooler with them. */
    boolean hasNextSentenceHead() {
        return inFile.keySet().stream().anyMatch(name -> name.startsWith(NEXT_SENTENCE));
    }

    /**
     * Today's name of the tensor that a parameter is read from; the parameter's own where there is none. What is tied may
     * be stored under either name. An untied decoder adds its own bias, which {@code transformers} 5 stores beside one
     * without effect.
     */
    String source(String parameter, boolean tied) {
        String other = otherName(parameter, tied);
        boolean preferred = other != null && inFile.containsKey(other);
        boolean own = inFile.containsKey(parameter);
        return other != null && preferred && (!own || !tied) ? other : parameter;
    }

    /** Today's name of a second tensor for the parameter, which must have the same numbers; null if there is none. */
    @Nullable
    String repetition(String parameter, boolean tied) {
        String other = otherName(parameter, tied);
        boolean both = other != null && inFile.containsKey(parameter) && inFile.containsKey(other);
        return tied && both ? other : null;
    }

    private static @Nullable String otherName(String parameter, boolean tied) {
        if (parameter.equals(BIAS)) {
            return DECODER_BIAS;
        }
        return tied && parameter.equals(WORDS) ? DECODER : null;
    }

    static boolean ofEncoder(String today) {
        return today.startsWith(ENCODER);
    }

    static boolean ofHead(String today) {
        return today.startsWith(HEAD);
    }

    static boolean ofPooler(String today) {
        return today.startsWith(POOLER);
    }

    /** The pooler belongs to it. */
    static boolean ofNextSentenceHead(String today) {
        return ofPooler(today) || today.startsWith(NEXT_SENTENCE);
    }

    /** Whether it may be there without a use. */
    static boolean unused(String today) {
        return UNUSED.stream().anyMatch(today::startsWith);
    }
}
