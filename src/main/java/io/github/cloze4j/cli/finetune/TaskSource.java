package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.LabelledData;
import io.github.cloze4j.model.head.TaskKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How the records of a task are read, and encoded for a model.
 *
 * @param <R> a record
 */
interface TaskSource<R> {
    /** Reads a file. */
    List<R> read(Path file);

    /**
     * Encodes records.
     *
     * @param training records to learn from, which decide the labels unless a file names them
     */
    LabelledData encode(List<R> training, List<R> heldOut);

    /**
     * What people should know of the records before training, a line each.
     *
     * @param file where the training records are
     */
    List<String> describe(Path file, List<R> training, List<R> heldOut, LabelledData data);

    /** The options that decide how much of a long text is read. */
    default String lengthOptions() {
        return "--seq-len, --stride";
    }

    /**
     * A line for people about texts that are not read whole.
     *
     * @param name of the data
     * @param remarks of {@link LabelledData}; empty if all texts are read whole
     */
    default Optional<String> note(String name, String remarks) {
        return remarks.isEmpty() ? Optional.empty() : Optional.of(name + ": " + remarks + " (" + lengthOptions() + ")");
    }

    /** The labels of a record, of tasks that have labels: training must have an example of each. */
    default Stream<String> labels(R record) {
        return Stream.empty();
    }

    /**
     * The text that a record shares with others, such as the context of several questions. Records with the same text are held out
     * together, because a model that has learnt one of them knows something of the others.
     */
    default Optional<Object> group(R record) {
        return Optional.empty();
    }

    /** The source of a task. */
    static TaskSource<?> of(TaskKind kind, RecordSettings settings) {
        return switch (kind) {
            case CLASSIFICATION -> TextSource.ofClasses(settings);
            case MULTI_LABEL -> TextSource.ofClassSets(settings);
            case REGRESSION -> TextSource.ofNumbers(settings);
            case QUESTION_ANSWERING -> new QuestionSource(settings);
            case MULTIPLE_CHOICE -> new ChoiceSource(settings);
            case SEQ2SEQ -> new RewritingSource(settings);
            case TAGGING -> new TaggingSource(settings);
            case RELATIONS, RELATIONS_BY_CLS -> new RelationSource(kind, settings);
        };
    }
}
