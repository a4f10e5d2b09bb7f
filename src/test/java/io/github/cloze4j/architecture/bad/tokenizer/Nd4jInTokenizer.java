package io.github.cloze4j.architecture.bad.tokenizer;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Text needs no arrays. */
public final class Nd4jInTokenizer {
    public long length(INDArray x) {
        return x.length();
    }
}
