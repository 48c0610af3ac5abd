// The matrix product behind every dense layer.
//
// An element of C is a sum over k in blocks of at most kDepth terms: inside a block one chain of
// fused multiply-adds in the order of k, blocks added in order, the bias last. That rule does not
// mention tiles, threads or the position of the element, so neither do its bits: one row predicted
// alone equals the same row inside a batch.
#pragma once

#include "kernels/strided.hpp"

namespace fusedmlp {

// c (m, n), row-major with leading dimension ldc, = a (m, k) * b (k, n) + bias (n, may be null).
template <typename T>
void gemm(Index m, Index n, Index k, Strided<T> a, Strided<T> b, const T* bias, T* c, Index ldc);

}  // namespace fusedmlp
