package io.github.cloze4j.pretrain;

import io.github.cloze4j.data.Objective;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.MaskedLmHead;
import java.util.List;

/** The heads that the objectives of pretraining train, in the order in which batches have targets for them. */
public final class PretrainingHeads {
    private PretrainingHeads() {}

    /** The heads of an objective. */
    public static List<HeadKind> of(Objective objective) {
        return switch (objective) {
            case MLM -> List.of(MaskedLmHead.KIND);
            case MLM_NSP -> List.of(MaskedLmHead.KIND, ClassifierHead.ofPairs("nsp"));
            case MLM_SOP -> List.of(MaskedLmHead.KIND, ClassifierHead.ofPairs("sop"));
        };
    }
}
