// What the kernels use of CUDA's header of this name, for a C++ compiler.
#pragma once

#include <cstdint>
#include <cstring>

/** The upper half of a float. */
struct __nv_bfloat16 {
    std::uint16_t bits;
};

/** To nearest, ties to even; not a number becomes CUDA's only one. */
inline __nv_bfloat16 __float2bfloat16_rn(float x) {
    std::uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        return {0x7fff};
    }
    bits += 0x7fffu + ((bits >> 16) & 1u);
    return {static_cast<std::uint16_t>(bits >> 16)};
}

inline float __bfloat162float(__nv_bfloat16 x) {
    const std::uint32_t bits = static_cast<std::uint32_t>(x.bits) << 16;
    float result;
    std::memcpy(&result, &bits, sizeof result);
    return result;
}
