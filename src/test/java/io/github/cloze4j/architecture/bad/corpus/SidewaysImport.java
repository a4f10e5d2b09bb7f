package io.github.cloze4j.architecture.bad.corpus;

import io.github.cloze4j.architecture.bad.tokenizer.Nd4jInTokenizer;

/** A corpus knows nothing of tokens. */
public final class SidewaysImport {
    public Nd4jInTokenizer tokenizer() {
        return new Nd4jInTokenizer();
    }
}
