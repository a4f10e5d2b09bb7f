package io.github.cloze4j.architecture.bad.random;

/** Nobody knows the seed of its draws. */
public final class UnseededMathDraw {
    public double draw() {
        return Math.random();
    }
}
