package io.github.cloze4j.architecture.bad.nn;

import io.github.cloze4j.architecture.bad.model.CycleDown;

/** A layer that knows the model it is part of. */
public final class CycleUp {
    public CycleDown model() {
        return new CycleDown();
    }
}
