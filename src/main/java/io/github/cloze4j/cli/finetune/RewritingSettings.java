package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.metrics.BleuTokenizer;

/**
 * Where sources and targets are, and how written texts are compared.
 *
 * @param source the column of the text that is rewritten
 * @param target the column of the text that it is rewritten as
 * @param words how BLEU splits texts into words
 */
record RewritingSettings(String source, String target, BleuTokenizer words) {
    static RewritingSettings of(ColumnOptions columns, BleuTokenizer words) {
        return new RewritingSettings(columns.source(), columns.target(), words);
    }
}
