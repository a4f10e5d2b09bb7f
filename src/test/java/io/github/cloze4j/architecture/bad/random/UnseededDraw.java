package io.github.cloze4j.architecture.bad.random;

import java.util.Random;

/** Nobody knows the seed of its draws. */
public final class UnseededDraw {
    public int draw() {
        return new Random().nextInt();
    }
}
