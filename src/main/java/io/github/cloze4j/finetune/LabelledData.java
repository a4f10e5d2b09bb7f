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

    /** The answers of who always gives the most frequent answer of the training data: what a model has to beat. */
    HeldOutAnswers baseline();

    /** What a report shows of the answers of a model to the held-out data; nothing unless the task has tables. */
    default List<ResultTable> tables(HeldOutAnswers answers) {
        return List.of();
    }
}
