// Softmax and cross-entropy over the vocabulary; the loss stays on the device.

#include "common.cuh"

/**
 * A row of logits [rows, vocabulary] a block: grid (rows). The maximum and the sum of powers are found in one pass: what was summed
 * under a lower maximum is scaled down when a higher one comes (Milakov and Gimelshein, 2018).
 *
 * @param logits replaced by gradientScale times the gradient of the row's loss, NaN where the loss is not finite
 * @param labels [rows]; a negative label marks a row that only fills up the shape: its gradient and loss are 0
 * @param gradientScale one float in device memory
 * @param gradientBf16 or null
 * @param rowLosses [rows, 2] written: the loss in nats, and 1 where the first of the highest logits is the label, else 0
 */
extern "C" __global__ void crossEntropy(
        float* logits,
        const int* labels,
        int vocabulary,
        const float* gradientScale,
        __nv_bfloat16* gradientBf16,
        double* rowLosses) {
    __shared__ float maxima[kMaxWarps];
    __shared__ int places[kMaxWarps];
    __shared__ double scratch[kMaxWarps];
    const long long start = static_cast<long long>(blockIdx.x) * vocabulary;
    const int label = labels[blockIdx.x];
    const int first = static_cast<int>(threadIdx.x);
    const int step = static_cast<int>(blockDim.x);
    if (label < 0) {
        for (int i = first; i < vocabulary; i += step) {
            logits[start + i] = 0.0f;
            copy(gradientBf16, start + i, 0.0f);
        }
        if (threadIdx.x == 0) {
            rowLosses[2LL * blockIdx.x] = 0.0;
            rowLosses[2LL * blockIdx.x + 1] = 0.0;
        }
        return;
    }
    const float labelLogit = logits[start + label];

    float max = __int_as_float(0xff800000);
    int place = vocabulary;
    float sum = 0.0f;
    for (int i = first; i < vocabulary; i += step) {
        const float logit = logits[start + i];
        if (logit > max) {
            sum = sum * expf(max - logit) + 1.0f;
            max = logit;
            place = i;
        } else {
            // Not a number comes here and stays in the sum; −∞ where nothing is higher yet counts for nothing later.
            sum += logit == max ? 1.0f : expf(logit - max);
        }
    }

    float rowMax = max;
    int rowPlace = place;
    for (int distance = kWarp / 2; distance > 0; distance /= 2) {
        const float otherMax = __shfl_xor_sync(kAllLanes, rowMax, distance);
        const int otherPlace = __shfl_xor_sync(kAllLanes, rowPlace, distance);
        if (otherMax > rowMax || (otherMax == rowMax && otherPlace < rowPlace)) {
            rowMax = otherMax;
            rowPlace = otherPlace;
        }
    }
    if (threadIdx.x % kWarp == 0) {
        maxima[threadIdx.x / kWarp] = rowMax;
        places[threadIdx.x / kWarp] = rowPlace;
    }
    __syncthreads();
    rowMax = maxima[0];
    rowPlace = places[0];
    for (int i = 1; i < static_cast<int>(blockDim.x) / kWarp; i++) {
        if (maxima[i] > rowMax || (maxima[i] == rowMax && places[i] < rowPlace)) {
            rowMax = maxima[i];
            rowPlace = places[i];
        }
    }
    // A thread without a number has the maximum −∞ and the sum 0.
    const double total = blockSum(static_cast<double>(sum) * expf(max - rowMax), scratch);

    // A loss that is not finite shows in the gradient's norm too, and the optimizer leaves out the step.
    const float scale = isfinite(static_cast<double>(rowMax) - labelLogit) ? *gradientScale : __int_as_float(0x7fffffff);
    const float factor = static_cast<float>(scale / total);
    for (int i = first; i < vocabulary; i += step) {
        const float gradient = factor * expf(logits[start + i] - rowMax) - (i == label ? scale : 0.0f);
        logits[start + i] = gradient;
        copy(gradientBf16, start + i, gradient);
    }
    if (threadIdx.x == 0) {
        rowLosses[2LL * blockIdx.x] = static_cast<double>(rowMax) - labelLogit + log(total);
        rowLosses[2LL * blockIdx.x + 1] = rowPlace == label ? 1.0 : 0.0;
    }
}

/** loss [2] += the sum of rowLosses [rows, 2]: the loss in nats and the count of correct rows. Grid: 1. */
extern "C" __global__ void addLosses(const double* rowLosses, int rows, double* loss) {
    __shared__ double scratch[kMaxWarps];
    double sum = 0.0;
    double correct = 0.0;
    for (int row = static_cast<int>(threadIdx.x); row < rows; row += static_cast<int>(blockDim.x)) {
        sum += rowLosses[2LL * row];
        correct += rowLosses[2LL * row + 1];
    }
    sum = blockSum(sum, scratch);
    correct = blockSum(correct, scratch);
    if (threadIdx.x == 0) {
        loss[0] += sum;
        loss[1] += correct;
    }
}
