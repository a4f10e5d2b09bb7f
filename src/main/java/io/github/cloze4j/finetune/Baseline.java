package io.github.cloze4j.finetune;

/** What the scores of a model are compared with. */
public enum Baseline {
    /** The most frequent answer of the training data is given to everything. */
    MOST_FREQUENT_ANSWER("most frequent answer"),
    /** A source is copied as it is. */
    COPIED_SOURCE("copied source");

    private final String text;

    Baseline(String text) {
        this.text = text;
    }

    /** The name for people. */
    public String text() {
        return text;
    }
}
