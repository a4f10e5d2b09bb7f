package io.github.cloze4j.pretrained.peft;

import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.model.head.SpanHead;
import io.github.cloze4j.nn.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What PEFT has to know of the model under an adapter.
 *
 * @param taskType PEFT's name of the task; null if PEFT has none
 * @param modelClass the class of transformers, for models without a task type; null if the task type is enough
 * @param modulesToSave modules that are stored as a whole
 */
record AdapterTask(@Nullable String taskType, @Nullable String modelClass, List<String> modulesToSave) {
    /** The module of the scores of all heads of fine-tuning but that of question answering. */
    static final String CLASSIFIER = ClassifierHead.CLASSIFIER;

    /** The module of the scores of question answering. */
    static final String SPANS = SpanHead.OUTPUTS;

    private static final String POOLER = "pooler";

    /** The task of a model, from its parameters. */
    static AdapterTask of(Bert model) {
        Map<String, Parameter> parameters = model.parameters().parameters().stream()
                .collect(Collectors.toMap(Parameter::name, parameter -> parameter));
        Parameter classifier = parameters.get(CLASSIFIER + ".weight");
        Parameter pooler = parameters.get(ClassifierHead.POOLER + ".weight");
        List<String> saved = new ArrayList<>();
        if (pooler != null && pooler.trained() && classifier != null) {
            saved.add(POOLER);
        }
        if (parameters.containsKey(SPANS + ".weight")) {
            saved.add(SPANS);
            return new AdapterTask("QUESTION_ANS", null, saved);
        }
        if (classifier == null) {
            if (!parameters.containsKey(LanguageModelHead.PARAMETERS + "bias")) {
                return new AdapterTask("FEATURE_EXTRACTION", null, saved);
            }
            return model.config().isDecoder()
                    ? new AdapterTask("CAUSAL_LM", null, saved)
                    : new AdapterTask(null, "BertForMaskedLM", saved);
        }
        saved.add(CLASSIFIER);
        if (model.head(ClassifierHead.CHOICE_LOSS).isPresent()) {
            return new AdapterTask(null, "BertForMultipleChoice", saved);
        }
        if (pooler == null && classifier.shape()[1] != model.config().hiddenSize()) {
            // Marked relations, for which transformers has no class.
            return new AdapterTask(null, null, saved);
        }
        // PEFT adds the name that other architectures have for their scores.
        saved.add("score");
        return new AdapterTask(pooler == null ? "TOKEN_CLS" : "SEQ_CLS", null, saved);
    }
}
