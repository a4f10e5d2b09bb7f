package io.github.cloze4j.optim;

/** The shapes of the learning rate over a run, after a linear warm-up from 0. */
public enum ScheduleKind {
    /** Falls in a straight line to 0: Hugging Face's default. */
    LINEAR,
    /** Falls along half a cosine to 0. */
    COSINE,
    /** Warm-up, stable, decay: stays, then falls in a straight line to 0 over the last fifth of the run. */
    WARMUP_STABLE_DECAY,
    /** Stays. */
    CONSTANT
}
