package io.github.cloze4j.kernel;

/**
 * Clipping by the global norm (Pascanu et al., 2013), decided where the norm is: on a device the host need not know it.
 *
 * @param squaredNorm of all gradients together
 * @param maxNorm 0 clips nothing
 * @param epsilon added to the norm that {@code maxNorm} is divided by
 */
public record Clipping(Pending<Double> squaredNorm, double maxNorm, double epsilon) {
    /** Of gradients that are known to be finite: none. */
    public static final Clipping NONE = new Clipping(Pending.of(0.0), 0, 0);

    /** What gradients are multiplied by; not a number where the norm is not finite. Waits for the norm. */
    public double factor() {
        double norm = Math.sqrt(squaredNorm.read());
        if (!Double.isFinite(norm)) {
            return Double.NaN;
        }
        return maxNorm == 0 ? 1 : Math.min(1, maxNorm / (norm + epsilon));
    }

    /** These limits for another norm. */
    Clipping with(Pending<Double> other) {
        return new Clipping(other, maxNorm, epsilon);
    }
}
