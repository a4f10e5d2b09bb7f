package io.github.cloze4j.kernel.cpu;

import static java.lang.Math.fma;

import io.github.cloze4j.kernel.Activation;
import java.util.Arrays;

/**
 * Activations and their derivatives in one pass over a block, without a call: the standard normal distribution and tanh, of
 * which the logistic function is made, are odd functions, {@code x · P(x²) / Q(x²)} with minimax polynomials fitted for
 * this purpose. A value is within 3e-7 · max(1, |x|): two units in the last place of the distribution. A derivative is
 * within 2e-6, that of the tanh GELU within 6e-6, where {@code 1 − t²} cancels.
 */
final class ActivationFunctions {
    /** Beyond it both GELUs are 0 or x in float. */
    private static final float NORMAL_LIMIT = 5.5f;

    private static final float NORMAL_P0 = 0.39894223f;
    private static final float NORMAL_P1 = 0.033809885f;
    private static final float NORMAL_P2 = 0.0046744663f;
    private static final float NORMAL_P3 = 1.6836314e-4f;
    private static final float NORMAL_P4 = 6.346503e-6f;
    private static final float NORMAL_P5 = 2.2768557e-8f;
    private static final float NORMAL_Q1 = 0.2514148f;
    private static final float NORMAL_Q2 = 0.028620927f;
    private static final float NORMAL_Q3 = 0.0018818631f;
    private static final float NORMAL_Q4 = 7.3485644e-5f;
    private static final float NORMAL_Q5 = 1.1976429e-6f;

    /** Beyond it tanh is −1 or 1 in float. */
    private static final float TANH_LIMIT = 9;

    private static final float TANH_P1 = 0.13676931f;
    private static final float TANH_P2 = 0.0038646564f;
    private static final float TANH_P3 = 2.7937396e-5f;
    private static final float TANH_P4 = 3.0432393e-8f;
    private static final float TANH_P5 = -1.2104372e-11f;
    private static final float TANH_Q1 = 0.4701026f;
    private static final float TANH_Q2 = 0.02723223f;
    private static final float TANH_Q3 = 3.9323015e-4f;
    private static final float TANH_Q4 = 1.2826837e-6f;

    /** {@code exp(-s) = 1 + E1 s + E2 s² + …} on [0, 0.95]. */
    private static final float E1 = -0.99999994f;

    private static final float E2 = 0.49999896f;
    private static final float E3 = -0.16665766f;
    private static final float E4 = 0.041629188f;
    private static final float E5 = -0.008248438f;
    private static final float E6 = 0.001280581f;
    private static final float E7 = -1.2323377e-4f;

    private static final float INVERSE_SQRT_TWO_PI = 0.3989423f;
    private static final float SQRT_TWO_OVER_PI = 0.7978846f;
    private static final float CUBIC = 0.044715f;
    private static final float LEAK = 0.01f;
    private static final float CEILING = 6;
    private static final float HINGE = 3;
    private static final float MISH_LIMIT = 20;
    private static final float GELU_LIMIT = 10;
    private static final float LAPLACE_MEAN = 0.707107f;
    private static final float LAPLACE_DEVIATION = 0.282095f;
    /** Half of the factor in QuickGELU, because {@code σ(2u) = (1 + tanh(u)) / 2}. */
    private static final float HALF_QUICK = 0.851f;

    private ActivationFunctions() {}

    /**
     * {@code y = f(x)}, then {@code x = f'(x)}.
     *
     * @param scratch of the same length
     */
    static void forward(Activation activation, float[] x, float[] y, float[] scratch, int count) {
        switch (activation) {
            case GELU -> {
                normalDistribution(x, scratch, count);
                times(x, scratch, y, count);
                normalDerivative(x, scratch, count);
            }
            case GELU_TANH -> {
                tanhOfCubic(x, scratch, count);
                tanhValue(x, scratch, y, count);
                tanhDerivative(x, scratch, count);
            }
            case TANH -> {
                tanh(1, x, y, count);
                squareComplement(y, x, count);
            }
            case RELU -> leakyRelu(0, x, y, count);
            case LEAKY_RELU -> leakyRelu(LEAK, x, y, count);
            case RELU6 -> relu6(x, y, count);
            case RELU_SQUARED -> reluSquared(x, y, count);
            case SIGMOID -> {
                tanh(0.5f, x, scratch, count);
                logistic(scratch, x, y, count);
            }
            case SILU -> gated(0.5f, x, y, scratch, count);
            case QUICK_GELU -> gated(HALF_QUICK, x, y, scratch, count);
            case HARDSWISH -> hardswish(x, y, count);
            case MISH -> mish(x, y, count);
            case GELU_10 -> {
                forward(Activation.GELU, x, y, scratch, count);
                cut(x, y, count);
            }
            case LAPLACE -> laplace(x, y, count);
            case LINEAR -> {
                System.arraycopy(x, 0, y, 0, count);
                Arrays.fill(x, 0, count, 1);
            }
        }
    }

    /** {@code y = x} above 0, else {@code slope · x}; then {@code x = y'}. */
    private static void leakyRelu(float slope, float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            float z = x[i];
            // The maximum keeps NaN, unlike a comparison.
            y[i] = Math.max(z, 0) + slope * Math.min(z, 0);
            x[i] = z > 0 ? 1 : slope;
        }
    }

    /** {@code y = min(max(x, 0), 6)}; then {@code x = y'}. */
    private static void relu6(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            float z = x[i];
            y[i] = Math.min(Math.max(z, 0), CEILING);
            x[i] = z > 0 && z < CEILING ? 1 : 0;
        }
    }

    /** {@code y = max(x, 0)²}; then {@code x = y'}. */
    private static void reluSquared(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            float z = Math.max(x[i], 0);
            y[i] = z * z;
            x[i] = 2 * z;
        }
    }

    /** {@code y = x · min(max(x + 3, 0), 6) / 6}; then {@code x = y'}. */
    private static void hardswish(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            float z = x[i];
            y[i] = z * (Math.min(Math.max(z + HINGE, 0), CEILING) / CEILING);
            x[i] = z <= -HINGE ? 0 : z < HINGE ? z / HINGE + 0.5f : 1;
        }
    }

    /** {@code y = x · tanh(ln(1 + exp(x))) = x · n / (n + 2)} with {@code n = e (e + 2)}, {@code e = exp(x)}; then {@code x = y'}. */
    private static void mish(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            float z = x[i];
            // Beyond the limit y is x in float; the square of exp must not become infinite.
            double e = Math.exp(Math.min(z, MISH_LIMIT));
            double t = e * (e + 2) / (e * (e + 2) + 2);
            y[i] = (float) (z * t);
            x[i] = (float) (t + z * (1 - t * t) * (e / (1 + e)));
        }
    }

    /** Cuts y at 10, where its derivative x becomes 0. */
    private static void cut(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            x[i] = y[i] > GELU_LIMIT ? 0 : x[i];
            y[i] = Math.min(y[i], GELU_LIMIT);
        }
    }

    /** {@code y = Φ((x − μ) / σ)}; then {@code x = y'}. */
    private static void laplace(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            x[i] = (x[i] - LAPLACE_MEAN) / LAPLACE_DEVIATION;
        }
        normalDistribution(x, y, count);
        for (int i = 0; i < count; i++) {
            x[i] = (float) Math.exp(-0.5f * x[i] * x[i]) * (INVERSE_SQRT_TWO_PI / LAPLACE_DEVIATION);
        }
    }

    /** {@code y = σ = (1 + t) / 2} of {@code t = tanh(x / 2)}; then {@code x = σ'}. */
    private static void logistic(float[] t, float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] = 0.5f + 0.5f * t[i];
            x[i] = 0.25f * (1 - t[i] * t[i]);
        }
    }

    /** {@code y = x · σ(2 a x) = x · (1 + t) / 2} with {@code t = tanh(a x)}; then {@code x = y'}. */
    private static void gated(float a, float[] x, float[] y, float[] t, int count) {
        tanh(a, x, t, count);
        tanhValue(x, t, y, count);
        for (int i = 0; i < count; i++) {
            x[i] = 0.5f * (1 + t[i]) + 0.5f * a * x[i] * (1 - t[i] * t[i]);
        }
    }

    /** {@code t = tanh(a x)}. */
    private static void tanh(float a, float[] x, float[] t, int count) {
        for (int i = 0; i < count; i++) {
            t[i] = tanh(a * x[i]);
        }
    }

    /** {@code x = 1 − t²}: the derivative of tanh. */
    private static void squareComplement(float[] t, float[] x, int count) {
        for (int i = 0; i < count; i++) {
            x[i] = 1 - t[i] * t[i];
        }
    }

    /** {@code phi = Φ(x)}. */
    private static void normalDistribution(float[] x, float[] phi, int count) {
        for (int i = 0; i < count; i++) {
            float z = Math.max(-NORMAL_LIMIT, Math.min(NORMAL_LIMIT, x[i]));
            float w = z * z;
            float p = fma(
                    fma(fma(fma(fma(NORMAL_P5, w, NORMAL_P4), w, NORMAL_P3), w, NORMAL_P2), w, NORMAL_P1),
                    w,
                    NORMAL_P0);
            float q = fma(fma(fma(fma(fma(NORMAL_Q5, w, NORMAL_Q4), w, NORMAL_Q3), w, NORMAL_Q2), w, NORMAL_Q1), w, 1);
            phi[i] = 0.5f + z * (p / q);
        }
    }

    private static void times(float[] a, float[] b, float[] product, int count) {
        for (int i = 0; i < count; i++) {
            product[i] = a[i] * b[i];
        }
    }

    /** {@code x = Φ(x) + x · φ(x)}, where {@code exp(-x²/2) = exp(-x²/32)^16} spares a table. */
    private static void normalDerivative(float[] x, float[] phi, int count) {
        for (int i = 0; i < count; i++) {
            float z = Math.max(-NORMAL_LIMIT, Math.min(NORMAL_LIMIT, x[i]));
            float s = z * z * 0.03125f;
            float e = fma(fma(fma(fma(fma(fma(fma(E7, s, E6), s, E5), s, E4), s, E3), s, E2), s, E1), s, 1);
            e *= e;
            e *= e;
            e *= e;
            e *= e;
            x[i] = phi[i] + z * INVERSE_SQRT_TWO_PI * e;
        }
    }

    /** {@code t = tanh(√(2/π) · (x + 0.044715 x³))}. */
    private static void tanhOfCubic(float[] x, float[] t, int count) {
        for (int i = 0; i < count; i++) {
            t[i] = tanh(SQRT_TWO_OVER_PI * (x[i] + CUBIC * x[i] * x[i] * x[i]));
        }
    }

    private static float tanh(float x) {
        float u = Math.max(-TANH_LIMIT, Math.min(TANH_LIMIT, x));
        float w = u * u;
        float p = fma(fma(fma(fma(fma(TANH_P5, w, TANH_P4), w, TANH_P3), w, TANH_P2), w, TANH_P1), w, 1);
        float q = fma(fma(fma(fma(TANH_Q4, w, TANH_Q3), w, TANH_Q2), w, TANH_Q1), w, 1);
        return u * (p / q);
    }

    /** {@code y = x · (1 + t) / 2}. */
    private static void tanhValue(float[] x, float[] t, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] = 0.5f * x[i] * (1 + t[i]);
        }
    }

    /** {@code x = (1 + t) / 2 + x / 2 · (1 − t²) · u'(x)}; beyond the limit tanh is flat. */
    private static void tanhDerivative(float[] x, float[] t, int count) {
        for (int i = 0; i < count; i++) {
            float z = Math.max(-NORMAL_LIMIT, Math.min(NORMAL_LIMIT, x[i]));
            float slope = SQRT_TWO_OVER_PI * (1 + 3 * CUBIC * z * z);
            x[i] = 0.5f * (1 + t[i]) + 0.5f * z * (1 - t[i] * t[i]) * slope;
        }
    }
}
