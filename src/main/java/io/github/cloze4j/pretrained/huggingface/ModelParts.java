package io.github.cloze4j.pretrained.huggingface;

import io.github.cloze4j.nn.Parameter;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The parts of a model that a directory may hold or lack, by the beginning of the names that Hugging Face gives their parameters:
 * the encoder with its embeddings, the pooler, and each head, such as {@code cls.predictions} or {@code classifier}.
 */
public final class ModelParts {
    /** The embeddings and the encoder. */
    public static final String ENCODER = "bert";

    /** The layer on {@code [CLS]} that classifiers read. */
    public static final String POOLER = "bert.pooler";

    /** The masked-language-model head. */
    public static final String MASKED_LM = "cls.predictions";

    /** The scores of the next-sentence head, which reads the pooler. */
    public static final String NEXT_SENTENCE = "cls.seq_relationship";

    /** The first segment of the names of heads that {@code BertForPreTraining} has. */
    private static final String HEADS = "cls.";

    private ModelParts() {}

    /** The part that a parameter belongs to. */
    public static String of(String parameter) {
        if (parameter.startsWith(POOLER + ".")) {
            return POOLER;
        }
        int dot = parameter.indexOf('.');
        int end = parameter.startsWith(HEADS) ? parameter.indexOf('.', HEADS.length()) : dot;
        return end < 0 ? parameter : parameter.substring(0, end);
    }

    /** The parts that parameters belong to. */
    static Set<String> of(Collection<String> parameters) {
        return parameters.stream().map(ModelParts::of).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The parts of a model. */
    static Set<String> ofAll(Collection<Parameter> parameters) {
        return of(parameters.stream().map(Parameter::name).toList());
    }
}
