package io.github.cloze4j.architecture.bad.model;

import io.github.cloze4j.architecture.bad.nn.CycleUp;

/** Allowed, but for the way back. */
public final class CycleDown {
    public CycleUp layer() {
        return new CycleUp();
    }
}
