package io.github.cloze4j.inference.generation;

/** When a beam search ends: {@code early_stopping} of transformers. */
public enum EarlyStopping {
    /**
     * The search ends when no unfinished text, were it finished at its present length, would score better than the worst of {@code
     * numBeams} finished texts.
     */
    FALSE,
    /** The search ends when {@code numBeams} texts are finished. */
    TRUE,
    /**
     * The search ends when no unfinished text can score better than the worst of {@code numBeams} finished texts, however long it
     * becomes.
     */
    NEVER
}
