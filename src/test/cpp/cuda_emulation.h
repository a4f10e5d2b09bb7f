// CUDA's device side for a C++ compiler, so that kernels can be run and tested without a GPU.
//
// The threads of a block are fibers of one thread. Each runs until it waits for others, at a barrier or in a shuffle; which of the
// ready ones runs next is drawn from a seed, and so is the order of the blocks, which run one after the other. A result that depends on an order that CUDA does
// not promise therefore differs between seeds. Shared memory is filled with NaN before each block. A barrier or shuffle that not all
// threads reach is an error, also where a GPU would let it pass.
//
// What this cannot show: races between single instructions; memory that a lane reads behind a shuffle without a barrier, for here a
// shuffle makes all lanes wait; alignment; speed; the arithmetic of the GPU's own functions.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <type_traits>
#include <utility>

#define __global__
#define __device__
#define __shared__ static __attribute__((section("emulated_shared")))
#define DYNAMIC_SHARED(type, name) type* name = static_cast<type*>(emulation::dynamicShared())
#define __syncthreads() emulation::barrier(__FILE__, __LINE__)

struct dim3 {
    unsigned int x = 1;
    unsigned int y = 1;
    unsigned int z = 1;
};

extern dim3 threadIdx;
extern dim3 blockIdx;
extern dim3 blockDim;
extern dim3 gridDim;

namespace emulation {

/** Dynamic shared memory of the block, of the size that the launch gave. */
void* dynamicShared();

/** Waits until all threads of the block are here. The place names the barrier, so that a test can take it away. */
void barrier(const char* file, int line);

/** Hands 8 bytes to the other lanes of the warp and takes those of the lane whose number differs in the given bits. */
std::uint64_t exchange(unsigned int lanes, std::uint64_t value, int laneBits);

/** A kernel as a launch calls it: what the arguments point at has the sizes of the parameters. */
struct Entry {
    const char* name;
    void (*call)(void** arguments);
    const std::size_t* sizes;
    std::size_t parameters;
};

template <auto kernel>
struct Kernel;

template <typename... Parameters, void (*kernel)(Parameters...)>
struct Kernel<kernel> {
    static constexpr std::size_t sizes[] = {sizeof(Parameters)...};

    static void call(void** arguments) { call(arguments, std::index_sequence_for<Parameters...>()); }

    template <std::size_t... i>
    static void call(void** arguments, std::index_sequence<i...>) {
        kernel(*static_cast<std::remove_reference_t<Parameters>*>(arguments[i])...);
    }

    static Entry entry(const char* name) { return {name, call, sizes, sizeof...(Parameters)}; }
};

#define EMULATED(kernel) emulation::Kernel<kernel>::entry(#kernel)

}  // namespace emulation

template <typename T>
T __shfl_xor_sync(unsigned int lanes, T value, int laneBits) {
    static_assert(sizeof(T) <= sizeof(std::uint64_t));
    std::uint64_t raw = 0;
    std::memcpy(&raw, &value, sizeof value);
    raw = emulation::exchange(lanes, raw, laneBits);
    std::memcpy(&value, &raw, sizeof value);
    return value;
}

inline float __int_as_float(int bits) {
    float x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}

using std::isfinite;
using std::isnan;
