package io.github.cloze4j.inference.generation;

/** Why a text has ended. */
public enum FinishReason {
    /** The model ended it with {@code [SEP]}. */
    END,
    /** It reached one of {@link GenerationConfig#stopStrings}. */
    STOP_STRING,
    /** It has {@link GenerationConfig#maxNewTokens} tokens. */
    MAX_NEW_TOKENS,
    /** It has as many tokens as the model has positions, less than {@link GenerationConfig#maxNewTokens}. */
    MAX_POSITIONS
}
