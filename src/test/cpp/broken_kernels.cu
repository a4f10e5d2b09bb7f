// Kernels that are wrong on purpose, each next to what it breaks: the emulation must see it.

/** y = x backwards, a block at a time, through shared memory. Right. */
extern "C" __global__ void reversed(const float* x, float* y) {
    __shared__ float copied[1024];
    copied[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    y[threadIdx.x] = copied[blockDim.x - 1 - threadIdx.x];
}

/** The same without the barrier: reads what may not be written yet. */
extern "C" __global__ void reversedWithoutBarrier(const float* x, float* y) {
    __shared__ float copied[1024];
    copied[threadIdx.x] = x[threadIdx.x];
    y[threadIdx.x] = copied[blockDim.x - 1 - threadIdx.x];
}

/** A barrier in a branch that not all threads take. */
extern "C" __global__ void barrierOfHalfABlock(float* y) {
    if (threadIdx.x < blockDim.x / 2) {
        __syncthreads();
    }
    y[threadIdx.x] = 1.0f;
}

/** A shuffle of all lanes in a branch that not all lanes take. */
extern "C" __global__ void shuffleOfHalfAWarp(float* y) {
    float x = 1.0f;
    if (threadIdx.x % 32 < 16) {
        x += __shfl_xor_sync(0xffffffffu, x, 1);
    }
    y[threadIdx.x] = x;
}

/** Adds to shared memory that nobody has set to 0. */
extern "C" __global__ void sumOfUnwrittenShared(const float* x, float* y) {
    __shared__ float sums[1024];
    sums[threadIdx.x] += x[threadIdx.x];
    y[threadIdx.x] = sums[threadIdx.x];
}

/** Takes one float more of dynamic shared memory than the launch gave. */
extern "C" __global__ void writeBehindShared(const float* x, float* y) {
    DYNAMIC_SHARED(float, row);
    row[threadIdx.x + 1] = x[threadIdx.x];
    y[threadIdx.x] = row[threadIdx.x + 1];
}

/** Each block builds on what the block before it is hoped to have left. */
extern "C" __global__ void chainOfBlocks(const float* x, float* y) {
    y[0] = y[0] * 0.5f + x[blockIdx.x];
}
