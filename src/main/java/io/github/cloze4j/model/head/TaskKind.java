package io.github.cloze4j.model.head;

import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.model.HeadKind;
import java.util.Locale;

/** What a fine-tuned model does, and which head it has for that. */
public enum TaskKind {
    /** Sorts texts, or pairs of texts, into classes. */
    CLASSIFICATION,
    /** Gives texts any number of classes, also none. */
    MULTI_LABEL,
    /** Gives texts a number. */
    REGRESSION,
    /** Gives each word of a text a tag. */
    TAGGING,
    /** Finds the answer to a question in a text. */
    QUESTION_ANSWERING,
    /** Tells the relation between two marked parts of a text, from the states of their markers. */
    RELATIONS,
    /** Tells the relation between two marked parts of a text, from its {@code [CLS]}. */
    RELATIONS_BY_CLS,
    /** Chooses one of several texts. */
    MULTIPLE_CHOICE,
    /** Writes a text for a text, word by word: rewrites, translates, summarises. */
    SEQ2SEQ;

    /** The name in messages and files, such as {@code question-answering}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether the answer is a text, which the head of language modelling writes. */
    public boolean writesText() {
        return this == SEQ2SEQ;
    }

    /**
     * The refusal of a model that writes texts, by code that reads a text as a whole: the tokens of a source see all of it, those of a
     * target only the tokens before them, and a text alone is neither.
     */
    public static IllegalArgumentException writesTextRefused() {
        return new IllegalArgumentException("Expected a model that reads whole texts. Received: a model that writes"
                + " texts (" + SEQ2SEQ.text()
                + "), which reads sources and targets in different ways. Generate texts with it, or"
                + " name another model");
    }

    /** Whether the right answers are classes with names. */
    public boolean hasLabels() {
        return switch (this) {
            case CLASSIFICATION, MULTI_LABEL, TAGGING, RELATIONS, RELATIONS_BY_CLS -> true;
            case REGRESSION, QUESTION_ANSWERING, MULTIPLE_CHOICE, SEQ2SEQ -> false;
        };
    }

    /** Whether a loss can weigh classes, smooth labels or be focal: the right answer is one class of several. */
    public boolean hasClassLoss() {
        return hasLabels() && this != MULTI_LABEL;
    }

    /** Whether a model always reads two texts: a question with its context, a text with a choice, a source with its target. */
    public boolean readsPairs() {
        return this == QUESTION_ANSWERING || this == MULTIPLE_CHOICE || this == SEQ2SEQ;
    }

    /** The name of the loss of the head. */
    public String loss() {
        return switch (this) {
            case CLASSIFICATION, MULTI_LABEL, RELATIONS_BY_CLS -> ClassifierHead.CLASS_LOSS;
            case REGRESSION -> ClassifierHead.REGRESSION_LOSS;
            case TAGGING -> TokenHead.LOSS;
            case QUESTION_ANSWERING -> SpanHead.LOSS;
            case RELATIONS -> RelationHead.LOSS;
            case MULTIPLE_CHOICE -> ClassifierHead.CHOICE_LOSS;
            case SEQ2SEQ -> LanguageModelHead.PREFIX_LOSS;
        };
    }

    /**
     * The head.
     *
     * @param outputs the number of classes or numbers; a question, a choice and a text that is written have none
     * @param loss the loss of classes; other tasks take {@link ClassLoss#PLAIN} only
     */
    public HeadKind head(int outputs, ClassLoss loss) {
        if (!hasClassLoss() && !loss.equals(ClassLoss.PLAIN)) {
            throw new IllegalArgumentException("Expected the plain loss for " + text() + ". Received: " + loss
                    + ". Weights, smoothing and focus are for tasks whose answer is one class of several");
        }
        return switch (this) {
            case CLASSIFICATION, RELATIONS_BY_CLS -> ClassifierHead.ofClasses(outputs, loss);
            case MULTI_LABEL -> ClassifierHead.ofClassSets(outputs);
            case REGRESSION -> ClassifierHead.ofNumbers(outputs);
            case TAGGING -> TokenHead.of(outputs, loss);
            case QUESTION_ANSWERING -> SpanHead.KIND;
            case RELATIONS -> RelationHead.of(outputs, loss);
            case MULTIPLE_CHOICE -> ClassifierHead.ofChoices();
            case SEQ2SEQ -> LanguageModelHead.PREFIX;
        };
    }
}
