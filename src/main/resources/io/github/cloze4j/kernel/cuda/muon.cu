// Muon (Jordan et al., 2024), what stands beside its products. The factor of clipFactor decides whether anything changes.

#include "common.cuh"

/**
 * m = μ m + (1 − μ) g; x = μ m + (1 − μ) g, with g = gradientScale · gradient. The gradient is left 0. partialSums [gridDim.x] =
 * Σ x², each over its share, in double. Where gradientScale is not a number, momentum and gradient stay, and x is 0. Any grid.
 */
extern "C" __global__ void muonDirection(
        float* gradient,
        float* momentum,
        long long length,
        float decay,
        const float* gradientScale,
        float* x,
        double* partialSums) {
    __shared__ double scratch[kMaxWarps];
    const float scale = *gradientScale;
    const float rest = 1.0f - decay;
    double sum = 0.0;
    for (long long i = firstIndex(); i < length; i += gridThreads()) {
        float ahead = 0.0f;
        if (!isnan(scale)) {
            const float g = scale * gradient[i];
            const float mean = decay * momentum[i] + rest * g;
            ahead = decay * mean + rest * g;
            momentum[i] = mean;
            gradient[i] = 0.0f;
        }
        x[i] = ahead;
        sum += static_cast<double>(ahead) * ahead;
    }
    sum = blockSum(sum, scratch);
    if (threadIdx.x == 0) {
        partialSums[blockIdx.x] = sum;
    }
}

/** x /= max(√ Σ partialSums [parts], epsilon). Every block adds up all parts, in one order. Any grid. */
extern "C" __global__ void muonNormalize(
        float* x, long long length, const double* partialSums, int parts, double epsilon) {
    __shared__ double scratch[kMaxWarps];
    double sum = 0.0;
    for (int i = static_cast<int>(threadIdx.x); i < parts; i += static_cast<int>(blockDim.x)) {
        sum += partialSums[i];
    }
    sum = blockSum(sum, scratch);
    const float scale = static_cast<float>(1.0 / fmax(sqrt(sum), epsilon));
    for (long long i = firstIndex(); i < length; i += gridThreads()) {
        x[i] *= scale;
    }
}

/** p = a I + b G + c p: both [side, side]. Any grid. */
extern "C" __global__ void muonPolynomial(const float* square, float* polynomial, int side, float a, float b, float c) {
    const long long length = static_cast<long long>(side) * side;
    for (long long i = firstIndex(); i < length; i += gridThreads()) {
        const float identity = i % (side + 1) == 0 ? a : 0.0f;
        polynomial[i] = c * polynomial[i] + b * square[i] + identity;
    }
}

/**
 * value = keep · value − rate · x. Any grid.
 *
 * @param numbers keep and rate, in device memory
 * @param gradientScale one float in device memory, as clipFactor left it; not a number leaves everything as it is
 * @param valueBf16 or null
 */
extern "C" __global__ void muonMove(
        float* value,
        const float* x,
        long long length,
        const float* numbers,
        const float* gradientScale,
        __nv_bfloat16* valueBf16) {
    if (isnan(*gradientScale)) {
        return;
    }
    const float keep = numbers[0];
    const float rate = numbers[1];
    for (long long i = firstIndex(); i < length; i += gridThreads()) {
        const float moved = keep * value[i] - rate * x[i];
        value[i] = moved;
        copy(valueBf16, i, moved);
    }
}
