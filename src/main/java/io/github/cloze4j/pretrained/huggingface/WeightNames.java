package io.github.cloze4j.pretrained.huggingface;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Names of tensors as files have them, by the names that {@code BertForMaskedLM} gives them today. Checkpoints of 2019 call
 * LayerNorm's parameters gamma and beta; a {@code BertModel} has no {@code bert.} before its names. Programs that wrap a model
 * put a prefix before the names, such as {@code module.} or {@code _orig_mod.}; several wrappers put several.
 */
final class WeightNames {
    static final String WORDS = "bert.embeddings.word_embeddings.weight";
    static final String DECODER = "cls.predictions.decoder.weight";
    static final String BIAS = "cls.predictions.bias";
    static final String DECODER_BIAS = "cls.predictions.decoder.bias";

    private static final String ENCODER = "bert.";
    private static final String HEADS = "cls.";

    private static final String POOLER = "bert.pooler.";
    private static final String NEXT_SENTENCE = "cls.seq_relationship.";

    private static final String CLASSIFIER = "classifier.";
    private static final String QUESTION_ANSWERING = "qa_outputs.";

    private static final List<String> NEXT_SENTENCE_HEAD =
            List.of(POOLER + "dense.weight", POOLER + "dense.bias", NEXT_SENTENCE + "weight", NEXT_SENTENCE + "bias");

    /** A tensor that every BERT has once; what stands before its name is the prefix of all names. */
    private static final String ANCHOR = "embeddings.position_embeddings.weight";

    private final String prefix;
    private final Map<String, String> inFile = new LinkedHashMap<>();

    /** @throws IllegalArgumentException if two names mean one tensor */
    WeightNames(Set<String> names) {
        prefix = prefix(names);
        boolean prefixed = names.stream().anyMatch(name -> unwrapped(name).startsWith(ENCODER));
        for (String name : names) {
            String today = unwrapped(name)
                    .replace("LayerNorm.gamma", "LayerNorm.weight")
                    .replace("LayerNorm.beta", "LayerNorm.bias");
            today = prefixed || ofHead(today) ? today : ENCODER + today;
            if (inFile.put(today, name) != null) {
                throw new IllegalArgumentException(today);
            }
        }
    }

    private static boolean ofHead(String name) {
        return Stream.of(HEADS, CLASSIFIER, QUESTION_ANSWERING).anyMatch(name::startsWith);
    }

    private static String prefix(Set<String> names) {
        List<String> anchors =
                names.stream().filter(name -> name.endsWith(ANCHOR)).toList();
        if (anchors.size() != 1) {
            return "";
        }
        String before = anchors.get(0).substring(0, anchors.get(0).length() - ANCHOR.length());
        return before.endsWith(ENCODER) && (before.equals(ENCODER) || before.endsWith("." + ENCODER))
                ? before.substring(0, before.length() - ENCODER.length())
                : before;
    }

    private String unwrapped(String name) {
        return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    }

    /** What stands before the names in the file and is no part of them; empty if nothing does. */
    String prefix() {
        return prefix;
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

    /** The tensors of the next-sentence head that are missing; with none of them missing it can be read. */
    List<String> missingOfNextSentenceHead() {
        return NEXT_SENTENCE_HEAD.stream()
                .filter(name -> !inFile.containsKey(name))
                .toList();
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

    /** Whether a tensor belongs to the pooler or to a head of {@code transformers}. */
    static boolean ofAnyHead(String today) {
        return Stream.of(HEADS, POOLER, CLASSIFIER, QUESTION_ANSWERING).anyMatch(today::startsWith);
    }
}
