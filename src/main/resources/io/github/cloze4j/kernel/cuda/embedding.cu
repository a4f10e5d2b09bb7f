// Rows by index: embeddings and masked positions.

#include "common.cuh"

namespace {

/** Sorted tokens of a chunk. Half of a batch may have one type, so long runs of equal ids must be shared out. */
constexpr int kChunk = 128;

/** A chunk's part of a run that began in an earlier chunk, and of a run that goes on in the next. */
enum Part { kFromBefore = 0, kBegun = 1 };

__device__ long long partOf(int chunk, Part part, int hidden) {
    return (2LL * chunk + part) * hidden;
}

}  // namespace

/** y[t] = words[ids[t]] + positions[positionIds[t]] + types[typeIds[t]]: y [tokens, hidden]. Grid: tokens. */
extern "C" __global__ void embeddingSum(
        const int* ids,
        const int* positionIds,
        const int* typeIds,
        const float* words,
        const float* positions,
        const float* types,
        int hidden,
        float* y) {
    const float* word = words + static_cast<long long>(ids[blockIdx.x]) * hidden;
    const float* position = positions + static_cast<long long>(positionIds[blockIdx.x]) * hidden;
    const float* type = types + static_cast<long long>(typeIds[blockIdx.x]) * hidden;
    float* sum = y + static_cast<long long>(blockIdx.x) * hidden;
    for (int i = static_cast<int>(threadIdx.x); i < hidden; i += static_cast<int>(blockDim.x)) {
        sum[i] = word[i] + position[i] + type[i];
    }
}

/**
 * table[id] += Σ dy[t] over the tokens t of an id, for runs of equal ids that lie within a chunk of 128 sorted tokens; parts of
 * longer runs are left in partialSums for embeddingGradientOfLongRuns. Grid: (tokens / 128, hidden / block).
 *
 * @param dy [tokens, hidden]
 * @param order [tokens]: tokens sorted by id, those of one id in the order of the batch
 * @param sortedIds [tokens]: ids[order[i]]
 * @param dTable [rows, hidden], added to
 * @param partialSums [chunks, 2, hidden] written where a run crosses the chunk's ends
 */
extern "C" __global__ void embeddingGradient(
        const float* dy,
        const int* order,
        const int* sortedIds,
        int tokens,
        int hidden,
        float* dTable,
        float* partialSums) {
    const int column = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x);
    if (column >= hidden) {
        return;
    }
    const int chunk = static_cast<int>(blockIdx.x);
    const int begin = chunk * kChunk;
    const int end = begin + kChunk < tokens ? begin + kChunk : tokens;
    bool begun = begin == 0 || sortedIds[begin - 1] != sortedIds[begin];
    float sum = 0.0f;
    for (int i = begin; i < end; i++) {
        const int id = sortedIds[i];
        sum += dy[static_cast<long long>(order[i]) * hidden + column];
        const bool ends = i + 1 == tokens || sortedIds[i + 1] != id;
        if (ends && begun) {
            dTable[static_cast<long long>(id) * hidden + column] += sum;
        } else if (ends || i + 1 == end) {
            partialSums[partOf(chunk, begun ? kBegun : kFromBefore, hidden) + column] = sum;
        }
        if (ends) {
            begun = true;
            sum = 0.0f;
        }
    }
}

/** The rest of embeddingGradient, after it and with its grid: the chunk in which a long run begins adds up the run's parts. */
extern "C" __global__ void embeddingGradientOfLongRuns(
        const float* partialSums, const int* sortedIds, int tokens, int hidden, float* dTable) {
    const int column = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x);
    const int chunk = static_cast<int>(blockIdx.x);
    const int begin = chunk * kChunk;
    const int end = begin + kChunk;
    if (column >= hidden || end >= tokens) {
        return;
    }
    const int id = sortedIds[end - 1];
    const bool beginsHere = begin == 0 || sortedIds[begin - 1] != id;
    if (!beginsHere || sortedIds[end] != id) {
        return;
    }
    float sum = partialSums[partOf(chunk, kBegun, hidden) + column];
    for (int next = chunk + 1; next * kChunk < tokens && sortedIds[next * kChunk] == id; next++) {
        sum += partialSums[partOf(next, kFromBefore, hidden) + column];
    }
    dTable[static_cast<long long>(id) * hidden + column] += sum;
}

/** y[i] = x[rows[i]], or 0 where rows[i] is negative, which only fills up the shape: y [count, columns]. Grid: count. */
extern "C" __global__ void gatherRows(
        const float* x, const int* rows, int columns, float* y, __nv_bfloat16* yBf16) {
    const int row = rows[blockIdx.x];
    const long long to = static_cast<long long>(blockIdx.x) * columns;
    for (int i = static_cast<int>(threadIdx.x); i < columns; i += static_cast<int>(blockDim.x)) {
        const float element = row < 0 ? 0.0f : x[static_cast<long long>(row) * columns + i];
        y[to + i] = element;
        copy(yBf16, to + i, element);
    }
}

/** dx[rows[i]] = dy[i], nothing where rows[i] is negative; no row twice. dx is zeroed before. Grid: count. */
extern "C" __global__ void scatterRows(const float* dy, const int* rows, int columns, float* dx) {
    const int row = rows[blockIdx.x];
    if (row < 0) {
        return;
    }
    const long long from = static_cast<long long>(blockIdx.x) * columns;
    for (int i = static_cast<int>(threadIdx.x); i < columns; i += static_cast<int>(blockDim.x)) {
        dx[static_cast<long long>(row) * columns + i] = dy[from + i];
    }
}
