package io.github.cloze4j.architecture.bad.attic;

import io.github.cloze4j.architecture.bad.random.UnseededDraw;

/** In a room that the table does not know. */
public final class UnknownRoom {
    public UnseededDraw draw() {
        return new UnseededDraw();
    }
}
