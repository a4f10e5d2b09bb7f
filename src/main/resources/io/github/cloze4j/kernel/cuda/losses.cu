// Losses of fine-tuning: a row of scores, or a group of rows, a warp, which is a block. There are few scores, so exponentials and sums
// are in double. Each thread reads only the scores that it replaces by their gradient.

#include "common.cuh"

/** The softmax of numbers: p[i] = exp(x[i] - max) / total. */
struct Softmax {
    double max;
    double total;

    __device__ double logP(double x) const { return x - max - log(total); }

    __device__ double p(double x) const { return exp(x - max) / total; }
};

/** The softmax of numbers that are stride apart, in all lanes. */
__device__ inline Softmax softmaxOf(const float* x, int count, int stride) {
    float max = __int_as_float(0xff800000);
    for (int i = static_cast<int>(threadIdx.x); i < count; i += kWarp) {
        max = fmaxf(max, x[i * stride]);
    }
    // A score that is not a number is no maximum, but stays in the total.
    max = warpMax(max);
    double total = 0.0;
    for (int i = static_cast<int>(threadIdx.x); i < count; i += kWarp) {
        total += exp(static_cast<double>(x[i * stride]) - max);
    }
    return Softmax{max, warpSum(total)};
}

/** x[label] in all lanes, read by the lane that replaces it. */
__device__ inline float labelScore(const float* x, int stride, int label) {
    return warpSum(static_cast<int>(threadIdx.x) == label % kWarp ? x[label * stride] : 0.0f);
}

/** Whether the label's score is the first of the highest. */
__device__ inline bool isFirstOfHighest(const float* x, int count, int stride, int label, float score) {
    int better = 0;
    for (int i = static_cast<int>(threadIdx.x); i < count; i += kWarp) {
        // Written so that a score that is not a number is no worse than the label's.
        better += i < label ? !(x[i * stride] < score) : i > label && !(x[i * stride] <= score);
    }
    return warpSum(better) == 0;
}

/** The gradient, or not a number if the loss is not finite: so the optimizer leaves out the step. */
__device__ inline float finiteWith(double loss, double gradient) {
    return isfinite(loss) ? static_cast<float>(gradient) : __int_as_float(0x7fffffff);
}

/** The loss and 1 or 0 for correct, of the row or group of this block. */
__device__ inline void writeLoss(double* losses, double loss, bool correct) {
    if (threadIdx.x == 0) {
        losses[2LL * blockIdx.x] = loss;
        losses[2LL * blockIdx.x + 1] = correct ? 1.0 : 0.0;
    }
}

/** What a class counts in the loss of a row: its share of the smoothed label, times its weight or 1. */
__device__ inline double targetOf(int i, int label, int classes, const float* weights, double labelSmoothing) {
    const double share = labelSmoothing / classes + (i == label ? 1.0 - labelSmoothing : 0.0);
    return share == 0.0 || weights == nullptr ? share : share * weights[i];
}

/**
 * kernel.ClassLoss of rows of logits [rows, classes]: grid (rows), a warp.
 *
 * @param logits replaced by gradientScale times the gradient of the row's loss, NaN where the loss is not finite
 * @param labels [rows]
 * @param weights [classes] or null
 * @param gradientScale one float in device memory
 * @param gradientBf16 or null
 * @param rowLosses [rows, 2] written: the loss in nats, and 1 where the first of the highest logits is the label, else 0
 */
extern "C" __global__ void classLoss(
        float* logits,
        const int* labels,
        int classes,
        const float* weights,
        double labelSmoothing,
        double focalGamma,
        const float* gradientScale,
        __nv_bfloat16* gradientBf16,
        double* rowLosses) {
    const long long start = static_cast<long long>(blockIdx.x) * classes;
    float* x = logits + start;
    const int label = labels[blockIdx.x];
    const float score = labelScore(x, 1, label);
    const Softmax softmax = softmaxOf(x, classes, 1);
    const bool correct = isFirstOfHighest(x, classes, 1, label, score);
    double loss = 0.0;
    double targets = 0.0;
    double missing = 0.0;
    for (int i = static_cast<int>(threadIdx.x); i < classes; i += kWarp) {
        const double target = targetOf(i, label, classes, weights, labelSmoothing);
        targets += target;
        // A class that is impossible and not asked for costs nothing: 0 · ∞ is no number.
        loss -= target == 0.0 ? 0.0 : target * softmax.logP(x[i]);
        missing += i == label ? 0.0 : softmax.p(x[i]);
    }
    loss = warpSum(loss);
    targets = warpSum(targets);
    missing = warpSum(missing);
    double slope = 1.0;
    if (focalGamma > 0.0) {
        // slope = d((1 − p)^γ · ln p) / d(ln p)
        const double logP = softmax.logP(score);
        const double focus = pow(missing, focalGamma);
        slope = missing == 0.0 ? 0.0 : focus - focalGamma * exp(logP) * logP * pow(missing, focalGamma - 1.0);
        loss *= focus;
    }
    const double scale = slope * *gradientScale;
    for (int i = static_cast<int>(threadIdx.x); i < classes; i += kWarp) {
        const double target = targetOf(i, label, classes, weights, labelSmoothing);
        const float gradient = finiteWith(loss, scale * (targets * softmax.p(x[i]) - target));
        x[i] = gradient;
        copy(gradientBf16, start + i, gradient);
    }
    writeLoss(rowLosses, loss, correct);
}

/**
 * Binary cross-entropy of rows of logits [rows, columns] against values in [0, 1], the mean over columns: grid (rows), a warp.
 *
 * @param logits replaced by gradientScale times the gradient of the row's loss, NaN where the loss is not finite
 * @param values [rows, columns]
 * @param gradientScale one float in device memory
 * @param gradientBf16 or null
 * @param rowLosses [rows, 2] written: the loss in nats, and 1 where logits are above 0 exactly where values are above 0.5
 */
extern "C" __global__ void sigmoidCrossEntropy(
        float* logits,
        const float* values,
        int columns,
        const float* gradientScale,
        __nv_bfloat16* gradientBf16,
        double* rowLosses) {
    const long long start = static_cast<long long>(blockIdx.x) * columns;
    float* x = logits + start;
    double loss = 0.0;
    int wrong = 0;
    for (int i = static_cast<int>(threadIdx.x); i < columns; i += kWarp) {
        const double logit = x[i];
        const double value = values[start + i];
        loss += (logit < 0.0 ? 0.0 : logit) - logit * value + log1p(exp(-fabs(logit)));
        wrong += (logit > 0.0) != (value > 0.5);
    }
    loss = warpSum(loss) / columns;
    wrong = warpSum(wrong);
    const double scale = static_cast<double>(*gradientScale) / columns;
    for (int i = static_cast<int>(threadIdx.x); i < columns; i += kWarp) {
        const double logit = x[i];
        const double small = exp(-fabs(logit));
        const double sigmoid = (logit < 0.0 ? small : 1.0) / (1.0 + small);
        const float gradient = finiteWith(loss, scale * (sigmoid - values[start + i]));
        x[i] = gradient;
        copy(gradientBf16, start + i, gradient);
    }
    writeLoss(rowLosses, loss, wrong == 0);
}

/**
 * Squared errors of rows of scores [rows, columns], the mean over columns: grid (rows), a warp.
 *
 * @param scores replaced by gradientScale times the gradient of the row's loss, NaN where the loss is not finite
 * @param values [rows, columns]
 * @param gradientScale one float in device memory
 * @param gradientBf16 or null
 * @param rowLosses [rows, 2] written: the loss, and 0
 */
extern "C" __global__ void squaredError(
        float* scores,
        const float* values,
        int columns,
        const float* gradientScale,
        __nv_bfloat16* gradientBf16,
        double* rowLosses) {
    const long long start = static_cast<long long>(blockIdx.x) * columns;
    float* x = scores + start;
    double loss = 0.0;
    for (int i = static_cast<int>(threadIdx.x); i < columns; i += kWarp) {
        const double error = static_cast<double>(x[i]) - values[start + i];
        loss += error * error;
    }
    loss = warpSum(loss) / columns;
    const double scale = 2.0 * *gradientScale / columns;
    for (int i = static_cast<int>(threadIdx.x); i < columns; i += kWarp) {
        const float gradient = finiteWith(loss, scale * (static_cast<double>(x[i]) - values[start + i]));
        x[i] = gradient;
        copy(gradientBf16, start + i, gradient);
    }
    writeLoss(rowLosses, loss, false);
}

/**
 * Cross-entropy of both columns of scores [rows, 2] over the rows of each group, the mean of both: grid (groups), a warp.
 *
 * @param scores replaced by gradientScale times the gradient of the group's loss, NaN where the column's loss is not finite
 * @param ends [groups]: the row behind each group, where the next one begins
 * @param labels [groups, 2]: for each column a row inside the group
 * @param gradientScale one float in device memory
 * @param gradientBf16 or null
 * @param groupLosses [groups, 2] written: the loss in nats, and 1 where both labels are the first of the highest, else 0
 */
extern "C" __global__ void spanCrossEntropy(
        float* scores,
        const int* ends,
        const int* labels,
        const float* gradientScale,
        __nv_bfloat16* gradientBf16,
        double* groupLosses) {
    const int first = blockIdx.x == 0 ? 0 : ends[blockIdx.x - 1];
    const int rows = ends[blockIdx.x] - first;
    const double scale = *gradientScale / 2.0;
    double sum = 0.0;
    bool correct = true;
    for (int column = 0; column < 2; column++) {
        const long long start = 2LL * first + column;
        float* x = scores + start;
        const int label = labels[2LL * blockIdx.x + column];
        const float score = labelScore(x, 2, label);
        const Softmax softmax = softmaxOf(x, rows, 2);
        const double loss = -softmax.logP(score);
        correct = isFirstOfHighest(x, rows, 2, label, score) && correct;
        sum += loss / 2.0;
        for (int i = static_cast<int>(threadIdx.x); i < rows; i += kWarp) {
            const float gradient = finiteWith(loss, scale * (softmax.p(x[2 * i]) - (i == label ? 1.0 : 0.0)));
            x[2 * i] = gradient;
            copy(gradientBf16, start + 2LL * i, gradient);
        }
    }
    writeLoss(groupLosses, sum, correct);
}
