package io.github.cloze4j.pretrained.peft;

import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.nn.LowRank;
import io.github.cloze4j.nn.Parameter;
import java.util.Set;

/** The parameters of a model that an adapter holds. */
final class AdapterParts {
    private static final Set<String> SCORES = Set.of(AdapterTask.CLASSIFIER, AdapterTask.SPANS);

    private AdapterParts() {}

    /** Whether an adapter may hold a parameter: of an update, of the pooler, or of the scores of a head of fine-tuning. */
    static boolean mayHold(String parameter) {
        return LowRank.isParameter(parameter) || isOfScores(parameter) || isOfPooler(parameter);
    }

    /** Whether a parameter is written: a pooler only if it was trained, scores always. A head that is not saved is PEFT's best known trap. */
    static boolean isStored(Parameter parameter) {
        String name = parameter.name();
        return mayHold(name) && (parameter.trained() || !isOfPooler(name));
    }

    static boolean isOfScores(String parameter) {
        return SCORES.contains(parameter.substring(0, Math.max(0, parameter.lastIndexOf('.'))));
    }

    static boolean isOfPooler(String parameter) {
        return parameter.startsWith(ClassifierHead.POOLER + ".");
    }
}
