// All kernels as one program, which is how they are compiled: one module, and the shared header is read once.

#include "adamw.cu"
#include "attention.cu"
#include "cross_entropy.cu"
#include "elementwise.cu"
#include "embedding.cu"
#include "layer_norm.cu"
#include "losses.cu"
#include "muon.cu"
