// Scaled dot-product attention (Vaswani et al., 2017) within documents: what lies between the batched matrix products.
//
// Scores of all documents of a window stand in one square tile: [heads, tokens, window], where window is the length of a row of the
// batch, which no document crosses. Token t's scores with tokens [w, w + window), w = t − t % window, are the row (head, t). So
// products are batches of fixed shapes, on tensor cores, the same launches for any batch. What crosses documents is multiplied for
// nothing and written as 0 here, and so is what a token does not see of its own document (causal attention, prefixes). That costs
// less than it seems: all of a tile's products are 4 · window · hidden operations a token forward, next to 24 · hidden² of the linear
// layers, 3 % for BERT-base at 128 and 11 % at 512. Tiles of single documents would have shapes that change with each batch, and
// products too small for tensor cores; products in plain float arithmetic, in this file, would run at a sixteenth of the rate that an
// A100's tensor cores have. What tiles do cost is passes over memory, 4 · heads · window bytes a token each. A fused kernel on tensor
// cores (Dao et al., 2022) would spare them; it is not worth its code before a GPU has shown by how much.
//
//   forward                                      backward
//   S = Q · Kᵀ          batched product          dD = dContext · Vᵀ                     batched product
//   P, D                attentionSoftmax         D, dS                                  attentionSoftmaxBackward
//   context = D · V     batched product          dV = Dᵀ · dContext, dQ = dS · K, dK = dSᵀ · Q
//
// P is saved; D = dropout(P) is an operand that lives from one kernel to the next: in backward it is drawn again. Where the batch's
// last window is cut off, its products must be of the shorter length: columns without tokens are 0 here, but memory behind K and V
// could hold anything.
//
// A warp takes a row, any grid: rows of 128 to 512 scores are too short for more threads.

#include "common.cuh"

namespace {

/** Where the scores stand that a token sees: in columns [first, first + length) of its tile. */
struct Span {
    int first;
    int length;
    long long maskIndex;

    /** A lane's first column: below the span, so that a lane sees the same columns in every loop. */
    __device__ int column() const { return first - first % kWarp + static_cast<int>(threadIdx.x) % kWarp; }

    __device__ int end() const { return first + length; }

    __device__ bool contains(int column) const { return column >= first && column < first + length; }

    __device__ long long indexInMask(int column) const { return maskIndex + column - first; }
};

__device__ Span spanOf(
        int row, const int* documentFirst, const int* documentEnd, const int* visibleEnd, int tokens, int window) {
    const int head = row / tokens;
    const int token = row - head * tokens;
    const int first = documentFirst[token];
    // As DropoutMask.attentionIndex defines it: a query's draws follow those of the query before. A query draws for its whole
    // document, so that the mask does not depend on what it sees.
    const long long document = (static_cast<long long>(head) * tokens + first) << 16;
    const long long maskIndex = document + static_cast<long long>(token - first) * (documentEnd[token] - first);
    return {first % window, visibleEnd[token] - first, maskIndex};
}

__device__ int firstRow() {
    return static_cast<int>((blockIdx.x * blockDim.x + threadIdx.x) / kWarp);
}

__device__ int rowStep() {
    return static_cast<int>(gridDim.x * blockDim.x / kWarp);
}

__device__ void put(float* dropped, __nv_bfloat16* droppedBf16, long long index, float x) {
    if (dropped != nullptr) {
        dropped[index] = x;
    }
    copy(droppedBf16, index, x);
}

}  // namespace

/**
 * P = softmax(scale · S) on what a token sees of its document, 0 elsewhere; D = dropout(P).
 *
 * @param scores [heads, tokens, window]: S, replaced by P; what a token does not see is not read
 * @param documentFirst [tokens]: the first token of a token's document
 * @param documentEnd [tokens]: the first token after a token's document
 * @param visibleEnd [tokens]: the first token after those that a token sees, which begin with its document
 * @param scale 1 / √(hidden / heads)
 * @param dropped D as float; null where the product takes P itself or bf16
 * @param droppedBf16 D as bf16, or null
 */
extern "C" __global__ void attentionSoftmax(
        float* scores,
        const int* documentFirst,
        const int* documentEnd,
        const int* visibleEnd,
        int heads,
        int tokens,
        int window,
        float scale,
        const DropoutMask* dropout,
        float* dropped,
        __nv_bfloat16* droppedBf16) {
    const DropoutMask mask = load(dropout);
    for (int row = firstRow(); row < heads * tokens; row += rowStep()) {
        const Span span = spanOf(row, documentFirst, documentEnd, visibleEnd, tokens, window);
        const long long start = static_cast<long long>(row) * window;
        float max = __int_as_float(0xff800000);
        for (int column = span.column(); column < span.end(); column += kWarp) {
            if (span.contains(column)) {
                max = fmaxf(max, scores[start + column]);
            }
        }
        max = warpMax(max);
        float sum = 0.0f;
        for (int column = span.column(); column < span.end(); column += kWarp) {
            if (span.contains(column)) {
                const float power = expf(scale * (scores[start + column] - max));
                scores[start + column] = power;
                sum += power;
            }
        }
        const float inverse = 1.0f / warpSum(sum);
        for (int column = static_cast<int>(threadIdx.x) % kWarp; column < window; column += kWarp) {
            const long long at = start + column;
            const bool inside = span.contains(column);
            const float probability = inside ? scores[at] * inverse : 0.0f;
            scores[at] = probability;
            put(dropped, droppedBf16, at, inside ? drop(mask, span.indexInMask(column), probability) : 0.0f);
        }
    }
}

/**
 * Through dropout and softmax: with g = dropout(dD), dS = scale · P ∘ (g − rowsum(g ∘ P)).
 *
 * @param probabilities [heads, tokens, window]: P as attentionSoftmax left it
 * @param dScores [heads, tokens, window]: dD, replaced by dS; what a token does not see is not read, and written as 0
 * @param dScoresBf16 where dS is written as bf16 instead, or null
 * @param dropped D as float, or null as in attentionSoftmax
 */
extern "C" __global__ void attentionSoftmaxBackward(
        const float* probabilities,
        float* dScores,
        __nv_bfloat16* dScoresBf16,
        const int* documentFirst,
        const int* documentEnd,
        const int* visibleEnd,
        int heads,
        int tokens,
        int window,
        float scale,
        const DropoutMask* dropout,
        float* dropped,
        __nv_bfloat16* droppedBf16) {
    const DropoutMask mask = load(dropout);
    for (int row = firstRow(); row < heads * tokens; row += rowStep()) {
        const Span span = spanOf(row, documentFirst, documentEnd, visibleEnd, tokens, window);
        const long long start = static_cast<long long>(row) * window;
        float sum = 0.0f;
        for (int column = span.column(); column < span.end(); column += kWarp) {
            if (span.contains(column)) {
                const long long at = start + column;
                sum += probabilities[at] * drop(mask, span.indexInMask(column), dScores[at]);
            }
        }
        sum = warpSum(sum);
        for (int column = static_cast<int>(threadIdx.x) % kWarp; column < window; column += kWarp) {
            const long long at = start + column;
            float gradient = 0.0f;
            float operand = 0.0f;
            if (span.contains(column)) {
                const float probability = probabilities[at];
                gradient = scale * probability * (drop(mask, span.indexInMask(column), dScores[at]) - sum);
                operand = drop(mask, span.indexInMask(column), probability);
            }
            if (dScoresBf16 == nullptr) {
                dScores[at] = gradient;
            }
            copy(dScoresBf16, at, gradient);
            put(dropped, droppedBf16, at, operand);
        }
    }
}
