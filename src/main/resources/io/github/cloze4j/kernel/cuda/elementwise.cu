// Bias, activation, dropout and products, element by element; conversions; column sums, which are gradients of biases.
//
// Those that take rows and columns run with one thread a column: grid (columns / block, any number of rows at a time). The others
// walk over flat memory with any grid. All are bound by memory: one pass, and a bf16 copy costs no pass of its own.

#include "common.cuh"

namespace {

constexpr float kSqrtHalf = 0.70710678f;
constexpr float kInverseSqrtTwoPi = 0.39894228f;
constexpr float kSqrtTwoOverPi = 0.79788456f;
constexpr float kCubic = 0.044715f;
constexpr float kLeak = 0.01f;
constexpr float kCeiling = 6.0f;
constexpr float kHinge = 3.0f;
constexpr float kMishLimit = 20.0f;
constexpr float kGeluLimit = 10.0f;
constexpr float kLaplaceMean = 0.707107f;
constexpr float kLaplaceDeviation = 0.282095f;
constexpr float kQuick = 1.702f;

/** Beyond it the derivative is 0 or 1 in float; a factor of 0, which grows with x², must not become infinite. */
constexpr float kFlat = 10.0f;

/** A value and its derivative. */
struct Activated {
    float value;
    float derivative;
};

/** x · Φ(x) with the exact error function. */
struct ExactGelu {
    __device__ static Activated at(float x) {
        // erfc does not cancel where 1 + erf does.
        const float cumulative = 0.5f * erfcf(-kSqrtHalf * x);
        const float density = kInverseSqrtTwoPi * expf(-0.5f * x * x);
        return {x * cumulative, cumulative + x * density};
    }
};

/** The tanh approximation of Google's code, x · (1 + tanh(u)) / 2, by the logistic function of 2u, which does not cancel. */
struct TanhGelu {
    __device__ static Activated at(float x) {
        const float u = kSqrtTwoOverPi * (x + kCubic * x * x * x);
        const float logistic = 1.0f / (1.0f + expf(-2.0f * u));
        const float z = fminf(fmaxf(x, -kFlat), kFlat);
        const float slope = kSqrtTwoOverPi * (1.0f + 3.0f * kCubic * z * z);
        return {x * logistic, logistic + 2.0f * z * logistic * (1.0f - logistic) * slope};
    }
};

/** tanh, which the pooler has; its derivative by e = exp(-2|x|), which does not cancel. */
struct Tanh {
    __device__ static Activated at(float x) {
        const float e = expf(-2.0f * fabsf(x));
        return {tanhf(x), 4.0f * e / ((1.0f + e) * (1.0f + e))};
    }
};

/** max(x, 0). Comparisons are such that NaN stays NaN, here and below: fmaxf would hide it. */
struct Relu {
    __device__ static Activated at(float x) {
        return {x <= 0.0f ? 0.0f : x, x > 0.0f ? 1.0f : 0.0f};
    }
};

/** min(max(x, 0), 6). */
struct Relu6 {
    __device__ static Activated at(float x) {
        const float y = x <= 0.0f ? 0.0f : x;
        return {y >= kCeiling ? kCeiling : y, x > 0.0f && x < kCeiling ? 1.0f : 0.0f};
    }
};

/** max(x, 0)². */
struct ReluSquared {
    __device__ static Activated at(float x) {
        const float y = x <= 0.0f ? 0.0f : x;
        return {y * y, 2.0f * y};
    }
};

/** x above 0, x / 100 else. */
struct LeakyRelu {
    __device__ static Activated at(float x) {
        return {x > 0.0f ? x : kLeak * x, x > 0.0f ? 1.0f : kLeak};
    }
};

__device__ float logistic(float x) {
    return 1.0f / (1.0f + expf(-x));
}

/** σ(x) = 1 / (1 + exp(-x)). */
struct Sigmoid {
    __device__ static Activated at(float x) {
        const float s = logistic(x);
        return {s, s * (1.0f - s)};
    }
};

/** x · σ(x). */
struct Silu {
    __device__ static Activated at(float x) {
        const float s = logistic(x);
        return {x * s, s + x * s * (1.0f - s)};
    }
};

/** x · σ(1.702 x). */
struct QuickGelu {
    __device__ static Activated at(float x) {
        const float s = logistic(kQuick * x);
        return {x * s, s + kQuick * x * s * (1.0f - s)};
    }
};

/** x · min(max(x + 3, 0), 6) / 6. */
struct Hardswish {
    __device__ static Activated at(float x) {
        const float y = x * (x + kHinge) / kCeiling;
        const float slope = x / kHinge + 0.5f;
        return {x <= -kHinge ? 0.0f : x >= kHinge ? x : y, x <= -kHinge ? 0.0f : x >= kHinge ? 1.0f : slope};
    }
};

/** x · tanh(ln(1 + exp(x))) = x · n / (n + 2) with n = e (e + 2), e = exp(x). */
struct Mish {
    __device__ static Activated at(float x) {
        // Beyond it the value is x in float; the square of exp must not become infinite.
        const float e = expf(x >= kMishLimit ? kMishLimit : x);
        const float n = e * (e + 2.0f);
        const float t = n / (n + 2.0f);
        // 1 - t² = 4 (n + 1) / (n + 2)², which does not cancel.
        const float complement = 4.0f * (n + 1.0f) / ((n + 2.0f) * (n + 2.0f));
        return {x * t, t + x * complement * logistic(x)};
    }
};

/** The exact GELU, cut at 10. */
struct Gelu10 {
    __device__ static Activated at(float x) {
        const Activated gelu = ExactGelu::at(x);
        return gelu.value > kGeluLimit ? Activated{kGeluLimit, 0.0f} : gelu;
    }
};

/** Φ((x - μ) / σ). */
struct Laplace {
    __device__ static Activated at(float x) {
        const float z = (x - kLaplaceMean) / kLaplaceDeviation;
        return {0.5f * erfcf(-kSqrtHalf * z), kInverseSqrtTwoPi / kLaplaceDeviation * expf(-0.5f * z * z)};
    }
};

/** x itself. */
struct Linear {
    __device__ static Activated at(float x) {
        return {x, 1.0f};
    }
};

template <typename Kind>
__device__ void biasActivation(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    const int column = static_cast<int>(firstIndex());
    if (column >= columns) {
        return;
    }
    const float shift = bias[column];
    for (int row = static_cast<int>(blockIdx.y); row < rows; row += static_cast<int>(gridDim.y)) {
        const long long at = static_cast<long long>(row) * columns + column;
        const Activated activated = Kind::at(derivative[at] + shift);
        derivative[at] = activated.derivative;
        y[at] = activated.value;
        copy(yBf16, at, activated.value);
    }
}

__device__ float asFloat(float x) {
    return x;
}

__device__ float asFloat(__nv_bfloat16 x) {
    return __bfloat162float(x);
}

/**
 * The sum of a column over the rows [first, last), in the threads of the first warp, of which each holds one column. The warps
 * take rows in turn, so that a warp reads neighbouring columns.
 */
template <typename T>
__device__ double columnSum(const T* x, int first, int last, int stride, int column, int columns) {
    // One more a row: a column of the array would lie in one bank.
    __shared__ double sums[kMaxWarps][kWarp + 1];
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    const int warp = static_cast<int>(threadIdx.x) / kWarp;
    const int warps = static_cast<int>(blockDim.x) / kWarp;
    float sum = 0.0f;
    if (column < columns) {
        for (int row = first + warp; row < last; row += warps) {
            sum += asFloat(x[static_cast<long long>(row) * stride + column]);
        }
    }
    sums[warp][lane] = sum;
    __syncthreads();
    double total = 0.0;
    if (warp == 0) {
        for (int i = 0; i < warps; i++) {
            total += sums[i][lane];
        }
    }
    return total;
}

template <typename T>
__device__ void columnSumsOfShares(const T* x, int rows, int columns, float* partialSums) {
    const int column = static_cast<int>(blockIdx.x) * kWarp + static_cast<int>(threadIdx.x) % kWarp;
    const int share = (rows + static_cast<int>(gridDim.y) - 1) / static_cast<int>(gridDim.y);
    const int first = static_cast<int>(blockIdx.y) * share;
    const int last = first + share < rows ? first + share : rows;
    const double sum = columnSum(x, first, last, columns, column, columns);
    if (threadIdx.x < kWarp && column < columns) {
        partialSums[static_cast<long long>(blockIdx.y) * columns + column] = static_cast<float>(sum);
    }
}

}  // namespace

/** y += bias, row by row: y [rows, columns]. */
extern "C" __global__ void biasAdd(float* y, const float* bias, int rows, int columns, __nv_bfloat16* yBf16) {
    const int column = static_cast<int>(firstIndex());
    if (column >= columns) {
        return;
    }
    const float shift = bias[column];
    for (int row = static_cast<int>(blockIdx.y); row < rows; row += static_cast<int>(gridDim.y)) {
        const long long at = static_cast<long long>(row) * columns + column;
        y[at] += shift;
        copy(yBf16, at, y[at]);
    }
}

/** z = derivative + bias; y = gelu(z), derivative = gelu'(z): the product x · weightᵀ lies where its derivative is saved. */
extern "C" __global__ void biasGelu(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<ExactGelu>(derivative, bias, rows, columns, y, yBf16);
}

/** The same with the tanh approximation. */
extern "C" __global__ void biasGeluTanh(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<TanhGelu>(derivative, bias, rows, columns, y, yBf16);
}

/** The same with tanh. */
extern "C" __global__ void biasTanh(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<Tanh>(derivative, bias, rows, columns, y, yBf16);
}

/** The same with max(x, 0). */
extern "C" __global__ void biasRelu(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<Relu>(derivative, bias, rows, columns, y, yBf16);
}

/** The same with max(x, 0) up to 6. */
extern "C" __global__ void biasRelu6(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<Relu6>(derivative, bias, rows, columns, y, yBf16);
}

/** The same with the square of max(x, 0). */
extern "C" __global__ void biasReluSquared(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<ReluSquared>(derivative, bias, rows, columns, y, yBf16);
}

/** The same with a slope of 1/100 below 0. */
extern "C" __global__ void biasLeakyRelu(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<LeakyRelu>(derivative, bias, rows, columns, y, yBf16);
}

/** The same with the logistic function. */
extern "C" __global__ void biasSigmoid(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<Sigmoid>(derivative, bias, rows, columns, y, yBf16);
}

/** The same with x · σ(x). */
extern "C" __global__ void biasSilu(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<Silu>(derivative, bias, rows, columns, y, yBf16);
}

/** The same with x · σ(1.702 x). */
extern "C" __global__ void biasQuickGelu(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<QuickGelu>(derivative, bias, rows, columns, y, yBf16);
}

/** The same with x · min(max(x + 3, 0), 6) / 6. */
extern "C" __global__ void biasHardswish(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<Hardswish>(derivative, bias, rows, columns, y, yBf16);
}

/** The same with x · tanh(ln(1 + exp(x))). */
extern "C" __global__ void biasMish(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<Mish>(derivative, bias, rows, columns, y, yBf16);
}

/** The same with the exact GELU, cut at 10. */
extern "C" __global__ void biasGelu10(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<Gelu10>(derivative, bias, rows, columns, y, yBf16);
}

/** The same with Φ((x - μ) / σ). */
extern "C" __global__ void biasLaplace(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<Laplace>(derivative, bias, rows, columns, y, yBf16);
}

/** The same with no activation. */
extern "C" __global__ void biasLinear(
        float* derivative, const float* bias, int rows, int columns, float* y, __nv_bfloat16* yBf16) {
    biasActivation<Linear>(derivative, bias, rows, columns, y, yBf16);
}

/**
 * partialSums [gridDim.y, columns] = column sums of x [rows, columns], each over its share of the rows. A warp is 32 columns wide:
 * grid (columns / 32, parts).
 */
extern "C" __global__ void columnSums(const float* x, int rows, int columns, float* partialSums) {
    columnSumsOfShares(x, rows, columns, partialSums);
}

/** The same of what is there in bf16 only. */
extern "C" __global__ void columnSumsOfBf16(const __nv_bfloat16* x, int rows, int columns, float* partialSums) {
    columnSumsOfShares(x, rows, columns, partialSums);
}

/** sums [columns] += the parts of columnSums or of a LayerNorm, rows of partialSums [parts, stride]. Grid: columns / 32. */
extern "C" __global__ void addPartialSums(const float* partialSums, int parts, int stride, int columns, float* sums) {
    const int column = static_cast<int>(blockIdx.x) * kWarp + static_cast<int>(threadIdx.x) % kWarp;
    const double sum = columnSum(partialSums, 0, parts, stride, column, columns);
    if (threadIdx.x < kWarp && column < columns) {
        sums[column] = static_cast<float>(sums[column] + sum);
    }
}

/** y = x ∘ y. */
extern "C" __global__ void multiply(const float* x, float* y, long long length, __nv_bfloat16* yBf16) {
    for (long long i = firstIndex(); i < length; i += gridThreads()) {
        const float product = x[i] * y[i];
        y[i] = product;
        copy(yBf16, i, product);
    }
}

/** x = dropout(x). */
extern "C" __global__ void dropout(float* x, const DropoutMask* dropout, long long length, __nv_bfloat16* xBf16) {
    const DropoutMask mask = load(dropout);
    for (long long i = firstIndex(); i < length; i += gridThreads()) {
        const float kept = drop(mask, i, x[i]);
        x[i] = kept;
        copy(xBf16, i, kept);
    }
}

/** y += dropout(x). */
extern "C" __global__ void addDropout(
        const float* x, float* y, const DropoutMask* dropout, long long length, __nv_bfloat16* yBf16) {
    const DropoutMask mask = load(dropout);
    for (long long i = firstIndex(); i < length; i += gridThreads()) {
        const float sum = y[i] + drop(mask, i, x[i]);
        y[i] = sum;
        copy(yBf16, i, sum);
    }
}

/** y = x, exactly. */
extern "C" __global__ void toFloat(const __nv_bfloat16* x, float* y, long long length) {
    for (long long i = firstIndex(); i < length; i += gridThreads()) {
        y[i] = __bfloat162float(x[i]);
    }
}

/** y = x, rounded to nearest even. */
extern "C" __global__ void toBf16(const float* x, __nv_bfloat16* y, long long length) {
    for (long long i = firstIndex(); i < length; i += gridThreads()) {
        y[i] = __float2bfloat16_rn(x[i]);
    }
}
