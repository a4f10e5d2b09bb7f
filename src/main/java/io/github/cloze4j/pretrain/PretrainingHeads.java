package io.github.cloze4j.pretrain;

import io.github.cloze4j.data.Objective;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.MaskedLmHead;
import java.util.List;

/** The heads that the objectives of pretraining train, in the order in which batches have targets for them. */
public final class PretrainingHeads {
    private static final String NEXT_SENTENCE = "nsp";
    private static final String SENTENCE_ORDER = "sop";

    private PretrainingHeads() {}

    /** The heads of an objective. */
    public static List<HeadKind> of(Objective objective) {
        return switch (objective) {
            case MLM -> List.of(MaskedLmHead.KIND);
            case MLM_NSP -> List.of(MaskedLmHead.KIND, ClassifierHead.ofPairs(NEXT_SENTENCE));
            case MLM_SOP -> List.of(MaskedLmHead.KIND, ClassifierHead.ofPairs(SENTENCE_ORDER));
        };
    }

    /** The names of the losses of these heads. */
    public static List<String> losses(Objective objective) {
        return switch (objective) {
            case MLM -> List.of(MaskedLmHead.LOSS);
            case MLM_NSP -> List.of(MaskedLmHead.LOSS, NEXT_SENTENCE);
            case MLM_SOP -> List.of(MaskedLmHead.LOSS, SENTENCE_ORDER);
        };
    }
}
