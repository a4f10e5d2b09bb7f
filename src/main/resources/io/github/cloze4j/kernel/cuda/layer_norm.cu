// LayerNorm (Ba et al., 2016) of residual + dropout(x), forward and backward in one pass over memory each.

#include "common.cuh"

/**
 * A row of [tokens, hidden] a block: grid (tokens). Shared memory: hidden floats, for the row stays there between the mean, the
 * variance and the result.
 *
 * @param residual may be null
 * @param normalized written, for backward: mean 0, variance 1
 * @param inverseDeviation [tokens] written, for backward
 * @param y written: gamma · normalized + beta
 */
extern "C" __global__ void residualLayerNorm(
        const float* x,
        const float* residual,
        const DropoutMask* dropout,
        const float* gamma,
        const float* beta,
        float epsilon,
        int hidden,
        float* normalized,
        float* inverseDeviation,
        float* y,
        __nv_bfloat16* yBf16) {
    DYNAMIC_SHARED(float, row);
    __shared__ float scratch[kMaxWarps];
    const DropoutMask mask = load(dropout);
    const long long start = static_cast<long long>(blockIdx.x) * hidden;
    const int first = static_cast<int>(threadIdx.x);
    const int step = static_cast<int>(blockDim.x);

    // A thread reads back only what it wrote itself, so the row needs no barrier.
    float sum = 0.0f;
    for (int i = first; i < hidden; i += step) {
        float element = drop(mask, start + i, x[start + i]);
        if (residual != nullptr) {
            element += residual[start + i];
        }
        row[i] = element;
        sum += element;
    }
    const float mean = blockSum(sum, scratch) / static_cast<float>(hidden);

    float squares = 0.0f;
    for (int i = first; i < hidden; i += step) {
        const float distance = row[i] - mean;
        squares += distance * distance;
    }
    const float variance = blockSum(squares, scratch) / static_cast<float>(hidden);
    const float inverse = 1.0f / sqrtf(variance + epsilon);

    for (int i = first; i < hidden; i += step) {
        const float unit = (row[i] - mean) * inverse;
        const float result = gamma[i] * unit + beta[i];
        normalized[start + i] = unit;
        y[start + i] = result;
        copy(yBf16, start + i, result);
    }
    if (threadIdx.x == 0) {
        inverseDeviation[blockIdx.x] = inverse;
    }
}

/**
 * With g = dy · gamma: dSum = inverse · (g − mean(g) − normalized · mean(g · normalized)), the gradient of the residual and,
 * dropped out, of x. Each block walks over its rows and sums the gradients of gamma and beta on the way, which spares another
 * pass over dy and normalized; addPartialSums adds up the parts. Any grid. Shared memory: 2 · hidden floats.
 *
 * @param dResidual written; null where there was no residual
 * @param dx written; may be dy
 * @param partialSums [gridDim.x, 2 * hidden] written: for gamma, then for beta
 */
extern "C" __global__ void residualLayerNormBackward(
        const float* dy,
        const float* gamma,
        const float* normalized,
        const float* inverseDeviation,
        const DropoutMask* dropout,
        int tokens,
        int hidden,
        float* dResidual,
        float* dx,
        __nv_bfloat16* dxBf16,
        float* partialSums) {
    DYNAMIC_SHARED(float, sums);
    __shared__ float scratch[kMaxWarps];
    float* gammaSum = sums;
    float* betaSum = sums + hidden;
    const DropoutMask mask = load(dropout);
    const int first = static_cast<int>(threadIdx.x);
    const int step = static_cast<int>(blockDim.x);

    // A column belongs to one thread, from here to the end.
    for (int i = first; i < hidden; i += step) {
        gammaSum[i] = 0.0f;
        betaSum[i] = 0.0f;
    }
    for (int token = static_cast<int>(blockIdx.x); token < tokens; token += static_cast<int>(gridDim.x)) {
        const long long start = static_cast<long long>(token) * hidden;
        float sum = 0.0f;
        float productSum = 0.0f;
        for (int i = first; i < hidden; i += step) {
            const float gradient = dy[start + i];
            const float unit = normalized[start + i];
            const float g = gradient * gamma[i];
            gammaSum[i] += gradient * unit;
            betaSum[i] += gradient;
            sum += g;
            productSum += g * unit;
        }
        const float mean = blockSum(sum, scratch) / static_cast<float>(hidden);
        const float meanProduct = blockSum(productSum, scratch) / static_cast<float>(hidden);
        const float inverse = inverseDeviation[token];
        for (int i = first; i < hidden; i += step) {
            const float g = dy[start + i] * gamma[i];
            const float gradient = inverse * (g - mean - normalized[start + i] * meanProduct);
            if (dResidual != nullptr) {
                dResidual[start + i] = gradient;
            }
            const float dropped = drop(mask, start + i, gradient);
            dx[start + i] = dropped;
            copy(dxBf16, start + i, dropped);
        }
    }
    float* part = partialSums + static_cast<long long>(blockIdx.x) * 2 * hidden;
    for (int i = first; i < hidden; i += step) {
        part[i] = gammaSum[i];
        part[hidden + i] = betaSum[i];
    }
}
