// What all kernels share: dropout masks and sums.
//
// Conventions of all files beside this one:
// - Matrices are float, row-major, without gaps between rows. A bf16 output is a copy of the float output next to it, rounded to
//   nearest even, for a matrix product that follows; null where none does. Inputs that may be null say so.
// - What differs from step to step without changing a shape (dropout keys, learning rate, gradient scale) is read from device
//   memory, so that the launches of a step can be captured once in a CUDA graph and replayed.
// - No atomic addition: all sums are in an order that the launch geometry fixes, so the same launch gives the same bits.
// - A block is one-dimensional and a multiple of a warp, at most 1024 threads.
#pragma once

#include <cuda_bf16.h>

constexpr int kWarp = 32;
constexpr int kMaxWarps = 32;
constexpr unsigned int kAllLanes = 0xffffffffu;

#ifndef DYNAMIC_SHARED
/** Shared memory whose size the launch gives. */
#define DYNAMIC_SHARED(type, name) extern __shared__ type name[]
#endif

/**
 * A mask of kernel.DropoutMask: its three keys, the threshold of its 31-bit draws, and what kept elements are multiplied by. Where
 * a kernel takes a pointer to one, null keeps everything.
 */
struct DropoutMask {
    unsigned int key0;
    unsigned int key1;
    unsigned int key2;
    unsigned int threshold;
    float scale;
};

/** A copy in registers: behind a pointer it would be read again after every store. */
__device__ inline DropoutMask load(const DropoutMask* dropout) {
    return dropout == nullptr ? DropoutMask{0, 0, 0, 0, 1.0f} : *dropout;
}

/** Whether the mask keeps the element: bit for bit DropoutMask.keep. */
__device__ inline bool keeps(const DropoutMask& mask, long long index) {
    const unsigned int high = static_cast<unsigned int>(index >> 32);
    unsigned int hash = static_cast<unsigned int>(index) ^ (mask.key0 + high * 0x9E3779B9u);
    hash = (hash ^ (hash >> 17)) * 0xed5ad4bbu + mask.key1;
    hash = (hash ^ (hash >> 11)) * 0xac4c1b51u + mask.key2;
    hash = (hash ^ (hash >> 15)) * 0x31848babu;
    hash = (hash ^ (hash >> 14)) >> 1;
    return hash >= mask.threshold;
}

/** dropout(x) of the element with this index in the mask. */
__device__ inline float drop(const DropoutMask& mask, long long index, float x) {
    return mask.threshold == 0 || keeps(mask, index) ? mask.scale * x : 0.0f;
}

/** Writes the bf16 copy of an element where one is asked for. */
__device__ inline void copy(__nv_bfloat16* bf16, long long index, float x) {
    if (bf16 != nullptr) {
        bf16[index] = __float2bfloat16_rn(x);
    }
}

/** The sum over a warp, in all lanes: a butterfly adds the same pairs in each of them, so all hold the same bits. */
template <typename T>
__device__ inline T warpSum(T x) {
    for (int distance = kWarp / 2; distance > 0; distance /= 2) {
        x += __shfl_xor_sync(kAllLanes, x, distance);
    }
    return x;
}

__device__ inline float warpMax(float x) {
    for (int distance = kWarp / 2; distance > 0; distance /= 2) {
        x = fmaxf(x, __shfl_xor_sync(kAllLanes, x, distance));
    }
    return x;
}

/** The sum over a block, in all threads. The scratch is shared memory, [kMaxWarps]. */
template <typename T>
__device__ inline T blockSum(T x, T* scratch) {
    const int warp = static_cast<int>(threadIdx.x) / kWarp;
    const int warps = static_cast<int>(blockDim.x) / kWarp;
    x = warpSum(x);
    // A slower warp may still be reading the sum before this one.
    __syncthreads();
    if (threadIdx.x % kWarp == 0) {
        scratch[warp] = x;
    }
    __syncthreads();
    T sum = scratch[0];
    for (int i = 1; i < warps; i++) {
        sum += scratch[i];
    }
    return sum;
}

/** The first element of a thread's walk over a long vector. */
__device__ inline long long firstIndex() {
    return static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
}

/** Its step: the threads of the grid. Neighbours read neighbours, and any grid covers any length. */
__device__ inline long long gridThreads() {
    return static_cast<long long>(gridDim.x) * blockDim.x;
}
