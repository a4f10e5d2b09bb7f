package io.github.cloze4j.nn;

/** The linear layers of an encoder layer that may have a low-rank update, in their order. */
public enum LowRankTarget {
    /** The queries of the attention. */
    QUERY("attention.self.query"),
    /** The keys of the attention. */
    KEY("attention.self.key"),
    /** The values of the attention. */
    VALUE("attention.self.value"),
    /** The output projection of the attention. */
    ATTENTION_OUTPUT("attention.output.dense"),
    /** The first layer of the feed-forward part, before its activation function. */
    INTERMEDIATE("intermediate.dense"),
    /** The second layer of the feed-forward part. */
    OUTPUT("output.dense");

    private final String module;

    LowRankTarget(String module) {
        this.module = module;
    }

    /** Hugging Face's name of the layer inside an encoder layer. */
    public String module() {
        return module;
    }
}
