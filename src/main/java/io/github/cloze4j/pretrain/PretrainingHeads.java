package io.github.cloze4j.pretrain;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.model.BertConfig;
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
            case CLM -> List.of(LanguageModelHead.NEXT_WORD);
            case PREFIX_LM -> List.of(LanguageModelHead.PREFIX);
        };
    }

    /** The heads of several objectives, of each one once. */
    public static List<HeadKind> of(ObjectiveSchedule objectives) {
        return objectives.objectives().stream()
                .flatMap(objective -> of(objective).stream())
                .toList();
    }

    /** The names of the losses of these heads. */
    public static List<String> losses(Objective objective) {
        return switch (objective) {
            case MLM -> List.of(LanguageModelHead.MASKED_LOSS);
            case MLM_NSP -> List.of(LanguageModelHead.MASKED_LOSS, NEXT_SENTENCE);
            case MLM_SOP -> List.of(LanguageModelHead.MASKED_LOSS, SENTENCE_ORDER);
            case CLM -> List.of(LanguageModelHead.NEXT_WORD_LOSS);
            case PREFIX_LM -> List.of(LanguageModelHead.PREFIX_LOSS);
        };
    }

    /** The names of the losses of several objectives. */
    public static List<String> losses(ObjectiveSchedule objectives) {
        return objectives.objectives().stream()
                .flatMap(objective -> losses(objective).stream())
                .toList();
    }

    /** The configuration of a model that is trained with these objectives: the last one decides whether it is a decoder. */
    public static BertConfig config(BertConfig config, ObjectiveSchedule objectives) {
        return config.toBuilder().isDecoder(objectives.last().predictsNext()).build();
    }

    /**
     * A batch of one objective for a model that may have more heads, for which the batch then has no targets.
     *
     * @param losses the losses of the model's heads, in their order
     */
    static Batch forHeads(List<String> losses, Objective objective, Batch batch) {
        List<String> own = losses(objective);
        if (own.equals(losses)) {
            return batch;
        }
        List<Targets> targets = losses.stream()
                .map(loss -> own.contains(loss) ? batch.targets().get(own.indexOf(loss)) : Targets.NONE)
                .toList();
        return new Batch(
                batch.rows(),
                batch.seqLen(),
                batch.tokenIds(),
                batch.tokenTypeIds(),
                batch.positionIds(),
                batch.documents(),
                batch.realTokens(),
                targets);
    }
}
