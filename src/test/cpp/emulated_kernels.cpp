// The kernels, and some that are wrong on purpose, as a library of C++.

#include "cuda_emulation.h"

#include "kernels.cu"

#include "broken_kernels.cu"

/** Draws of a mask from any index on: no kernel gets to those beyond 32 bits on small arrays. */
extern "C" __global__ void keptFrom(const DropoutMask* mask, long long first, int* kept) {
    kept[threadIdx.x] = keeps(*mask, first + threadIdx.x) ? -1 : 0;
}

extern const emulation::Entry emulatedKernels[];

const emulation::Entry emulatedKernels[] = {
    EMULATED(adamW),
    EMULATED(addDropout),
    EMULATED(addLosses),
    EMULATED(addPartialSums),
    EMULATED(attentionSoftmax),
    EMULATED(attentionSoftmaxBackward),
    EMULATED(biasAdd),
    EMULATED(biasGelu),
    EMULATED(biasGeluTanh),
    EMULATED(biasTanh),
    EMULATED(biasRelu),
    EMULATED(biasRelu6),
    EMULATED(biasReluSquared),
    EMULATED(biasLeakyRelu),
    EMULATED(biasSigmoid),
    EMULATED(biasSilu),
    EMULATED(biasQuickGelu),
    EMULATED(biasHardswish),
    EMULATED(biasMish),
    EMULATED(biasGelu10),
    EMULATED(biasLaplace),
    EMULATED(biasLinear),
    EMULATED(classLoss),
    EMULATED(clipFactor),
    EMULATED(columnSums),
    EMULATED(columnSumsOfBf16),
    EMULATED(crossEntropy),
    EMULATED(dropout),
    EMULATED(embeddingGradient),
    EMULATED(embeddingGradientOfLongRuns),
    EMULATED(embeddingSum),
    EMULATED(gatherRows),
    EMULATED(multiply),
    EMULATED(muonDirection),
    EMULATED(muonMove),
    EMULATED(muonNormalize),
    EMULATED(muonPolynomial),
    EMULATED(residualLayerNorm),
    EMULATED(residualLayerNormBackward),
    EMULATED(scatterRows),
    EMULATED(sigmoidCrossEntropy),
    EMULATED(spanCrossEntropy),
    EMULATED(squaredError),
    EMULATED(squaredNorm),
    EMULATED(sumOfParts),
    EMULATED(toBf16),
    EMULATED(toFloat),
    EMULATED(keptFrom),
    EMULATED(reversed),
    EMULATED(reversedWithoutBarrier),
    EMULATED(barrierOfHalfABlock),
    EMULATED(shuffleOfHalfAWarp),
    EMULATED(sumOfUnwrittenShared),
    EMULATED(writeBehindShared),
    EMULATED(chainOfBlocks),
    {nullptr, nullptr, nullptr, 0},
};
