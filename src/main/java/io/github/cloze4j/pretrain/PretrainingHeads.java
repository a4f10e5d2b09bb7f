package io.github.cloze4j.pretrain;

import io.github.cloze4j.data.Objective;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.LanguageModelHead;
import java.util.List;

/** The heads that the objectives of pretraining train, in the order in which batches have targets for them. */
public final class PretrainingHeads {
    private static final String NEXT_SENTENCE = "nsp";
    private static final String SENTENCE_ORDER = "sop";

    private PretrainingHeads() {}

    /** The heads of an objective. */
    public static List<HeadKind> of(Objective objective) {
        return switch (objective) {
            case MLM -> List.of(LanguageModelHead.MASKED);
            case MLM_NSP -> List.of(LanguageModelHead.MASKED, ClassifierHead.ofPairs(NEXT_SENTENCE));
            case MLM_SOP -> List.of(LanguageModelHead.MASKED, ClassifierHead.ofPairs(SENTENCE_ORDER));
        };
    }

    /** The names of the losses of these heads. */
    public static List<String> losses(Objective objective) {
        return switch (objective) {
            case MLM -> List.of(LanguageModelHead.MASKED_LOSS);
            case MLM_NSP -> List.of(LanguageModelHead.MASKED_LOSS, NEXT_SENTENCE);
            case MLM_SOP -> List.of(LanguageModelHead.MASKED_LOSS, SENTENCE_ORDER);
        };
    }
}
