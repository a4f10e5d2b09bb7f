package io.github.cloze4j.finetune;

import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.train.MetricGoal;
import io.github.cloze4j.train.ResultTable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** The labelled data of a task, as tokens with targets, and what its held-out part says of a model. */
public interface LabelledData {
    /** What the model is to do, and the names of its answers. */
    TaskHead head();

    /** The examples to learn from, at least one. */
    List<LabelledTokens> training();

    /** The held-out examples; none if nothing is held out. */
    List<LabelledTokens> validation();

    /** What happened to training texts that are not read whole, for people; empty if all are. */
    String trainingRemarks();

    /** What happened to held-out texts that are not read whole, for people; empty if all are. */
    String heldOutRemarks();

    /** The metrics, by name, with the direction in which each improves; none if nothing is held out. */
    Map<String, MetricGoal> metricGoals();

    /**
     * Asks a model about the held-out data.
     *
     * @param model with the head of this task
     * @param stop whether to give up
     * @return answers with a metric for each name of {@link #metricGoals}; empty if it was given up
     */
    Optional<HeldOutAnswers> answers(Bert model, BooleanSupplier stop);

    /**
     * Asks a model about the held-out data in an evaluation while training. A task whose answers take long may ask about a part, always
     * the same one.
     *
     * @param model with the head of this task
     * @param stop whether to give up
     * @return as {@link #answers}
     */
    default Optional<HeldOutAnswers> answersWhileTraining(Bert model, BooleanSupplier stop) {
        return answers(model, stop);
    }

    /** The answers that a model has to beat: those of {@link #baselineKind}. */
    HeldOutAnswers baseline();

    /** Where the answers of {@link #baseline} come from. */
    default Baseline baselineKind() {
        return Baseline.MOST_FREQUENT_ANSWER;
    }

    /** What a report shows of the answers of a model to the held-out data; nothing unless the task has tables. */
    default List<ResultTable> tables(HeldOutAnswers answers) {
        return List.of();
    }
}
