package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.metrics.AnswerRules;
import io.github.cloze4j.finetune.metrics.BleuTokenizer;
import picocli.CommandLine.Option;

/** Where the right answers of labelled texts are. */
public final class LabelOptions {
    /** What separates labels in a field, unless another separator is named. */
    static final String SEPARATOR = "|";

    /** The column of the label, unless another is named. */
    static final String COLUMN = "label";

    @Option(
            names = "--label-column",
            paramLabel = "NAME",
            defaultValue = COLUMN,
            description = "Column of the label (default: ${DEFAULT-VALUE}); of CoNLL its number (default: the last).")
    private String label = "";

    @Option(
            names = "--label-separator",
            paramLabel = "TEXT",
            defaultValue = SEPARATOR,
            description = "Between the labels of a text that has several (default: ${DEFAULT-VALUE}).")
    private String separator = "";

    @Option(
            names = "--answer-rules",
            paramLabel = "NAME",
            defaultValue = "squad",
            description = "How answers to questions are compared: squad (English words) or cmrc (Chinese characters)"
                    + " (default: ${DEFAULT-VALUE}).")
    private String rules = "";

    @Option(
            names = "--bleu-tokenizer",
            paramLabel = "NAME",
            defaultValue = "13a",
            description =
                    "Of seq2seq: how BLEU splits texts into words, as in sacrebleu: 13a, zh (Chinese), intl, char or"
                            + " none (default: ${DEFAULT-VALUE}).")
    private String bleuTokenizer = "";

    String label() {
        return label;
    }

    String separator() {
        return separator;
    }

    /** @throws IllegalArgumentException if there is no such tokenizer */
    BleuTokenizer bleuTokenizer() {
        return BleuTokenizer.of(bleuTokenizer);
    }

    /** @throws IllegalArgumentException if there are no such rules */
    AnswerRules rules() {
        return switch (rules) {
            case "squad" -> AnswerRules.SQUAD_V1;
            case "cmrc" -> AnswerRules.CMRC;
            default ->
                throw new IllegalArgumentException(
                        "Expected --answer-rules squad or cmrc. Received: " + rules + ". Name one of them");
        };
    }
}
