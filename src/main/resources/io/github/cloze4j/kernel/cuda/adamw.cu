// The optimizer on flat memory: squared norm, clipping factor, AdamW. Nothing of it waits for the host.

#include "common.cuh"

/** The numbers of a step as kernel.AdamWStep has them, in device memory. */
struct AdamWStep {
    float beta1;
    float rest1;           // 1 − beta1
    float beta2;
    float rest2;           // 1 − beta2
    float keep;            // 1 − learning rate · weight decay
    float rate;            // learning rate / bias correction of the first moment, which is 1 for Google's optimizer
    float rootCorrection;  // 1 / √(bias correction of the second moment), 1 for Google's optimizer
    float epsilon;
};

/** partialSums [gridDim.x] = Σ x², each over its share, in double. Any grid; the same grid gives the same bits. */
extern "C" __global__ void squaredNorm(const float* x, long long length, double* partialSums) {
    __shared__ double scratch[kMaxWarps];
    double sum = 0.0;
    for (long long i = firstIndex(); i < length; i += gridThreads()) {
        const double element = x[i];
        sum += element * element;
    }
    sum = blockSum(sum, scratch);
    if (threadIdx.x == 0) {
        partialSums[blockIdx.x] = sum;
    }
}

/** sum[0] = Σ partialSums [parts]. Grid: 1. */
extern "C" __global__ void sumOfParts(const double* partialSums, int parts, double* sum) {
    __shared__ double scratch[kMaxWarps];
    double total = 0.0;
    for (int i = static_cast<int>(threadIdx.x); i < parts; i += static_cast<int>(blockDim.x)) {
        total += partialSums[i];
    }
    total = blockSum(total, scratch);
    if (threadIdx.x == 0) {
        sum[0] = total;
    }
}

/**
 * factor[0] = min(1, maxNorm / (norm + epsilon)), as optim.GradientClipping: epsilon is 1e-6 with PyTorch's numbers, 0 with
 * TensorFlow's, and a maxNorm of 0 clips nothing. Not a number where the norm is not finite: adamW then changes nothing, and
 * the host finds the parameters as they were when it reads the norm. Grid: 1; the first thread computes.
 */
extern "C" __global__ void clipFactor(const double* squaredNorm, double maxNorm, double epsilon, float* factor) {
    if (threadIdx.x != 0) {
        return;
    }
    const double norm = sqrt(squaredNorm[0]);
    if (!isfinite(norm)) {
        factor[0] = __int_as_float(0x7fffffff);
    } else if (maxNorm == 0.0 || norm + epsilon <= maxNorm) {
        factor[0] = 1.0f;
    } else {
        factor[0] = static_cast<float>(maxNorm / (norm + epsilon));
    }
}

/**
 * m = β₁ m + (1 − β₁) g; v = β₂ v + (1 − β₂) g²; x = (1 − lr λ) x − lr / c₁ · m / (√v / √c₂ + ε) (Loshchilov and Hutter, 2019),
 * with g = gradientScale · gradient. The gradient is left 0. Any grid.
 *
 * @param gradientScale one float in device memory, as clipFactor left it; not a number leaves everything as it is
 * @param valueBf16 or null
 */
extern "C" __global__ void adamW(
        float* value,
        float* gradient,
        float* firstMoment,
        float* secondMoment,
        long long length,
        const AdamWStep* step,
        const float* gradientScale,
        __nv_bfloat16* valueBf16) {
    const float scale = *gradientScale;
    if (isnan(scale)) {
        return;
    }
    const AdamWStep by = *step;
    for (long long i = firstIndex(); i < length; i += gridThreads()) {
        const float g = scale * gradient[i];
        const float mean = by.beta1 * firstMoment[i] + by.rest1 * g;
        const float square = by.beta2 * secondMoment[i] + by.rest2 * g * g;
        const float moved = by.keep * value[i] - by.rate * mean / (sqrtf(square) * by.rootCorrection + by.epsilon);
        firstMoment[i] = mean;
        secondMoment[i] = square;
        value[i] = moved;
        gradient[i] = 0.0f;
        copy(valueBf16, i, moved);
    }
}
