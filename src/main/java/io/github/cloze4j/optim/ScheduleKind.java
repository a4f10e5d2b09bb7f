package io.github.cloze4j.optim;

/** The shapes of the learning rate over a run, after a linear warm-up. */
public enum ScheduleKind {
    /** Falls in a straight line to the floor. */
    LINEAR,
    /** Falls along half a cosine to the floor. */
    COSINE,
    /** Warm-up, stable, decay: stays, then falls in a straight line over the last fifth. */
    WARMUP_STABLE_DECAY,
    /** Stays. */
    CONSTANT
}
