package io.github.cloze4j.optim;

/** The shapes of the learning rate over a run, after a linear warm-up from 0. */
public enum ScheduleKind {
    /** Falls in a straight line to 0: Hugging Face's default. */
    LINEAR,
    /**
     * As if it had fallen in a straight line to 0 from the run's beginning: Google's code of BERT, which decays all steps and
     * puts the warm-up in the place of the first. Where the warm-up ends the rate falls at once from the peak to what
     * is left of it.
     */
    LINEAR_GOOGLE,
    /** Falls along half a cosine to 0. */
    COSINE,
    /**
     * Warm-up, stable, decay: stays, then falls in a straight line to 0 over the last fifth of the run, or over all that
     * comes after a warm-up that is longer than the other four.
     */
    WARMUP_STABLE_DECAY,
    /** Stays. */
    CONSTANT
}
