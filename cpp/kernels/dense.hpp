// The dense layer y = x W + b; x (batch, in), W (in, out) row-major, b (out).
#pragma once

#include "kernels/gemm.hpp"

namespace fusedmlp {

// y = x W + b for `rows` rows; b may be null.
template <typename T>
void dense_forward(Index rows, Index in, Index out, const T* x, const T* W, const T* b, T* y) {
  gemm<T>(rows, out, in, {x, in, 1}, {W, out, 1}, b, y, out);
}

// dx = dy W^T for `rows` rows.
template <typename T>
void dense_input_gradient(Index rows, Index in, Index out, const T* dy, const T* W, T* dx) {
  gemm<T>(rows, in, out, {dy, out, 1}, {W, 1, out}, nullptr, dx, in);
}

// Rows [first, last) of dW = x^T dy; the sum runs over the whole batch.
template <typename T>
void dense_weight_gradient(Index batch, Index in, Index out, Index first, Index last, const T* x,
                           const T* dy, T* dW) {
  gemm<T>(last - first, out, batch, {x + first, 1, in}, {dy, out, 1}, nullptr, dW + first * out,
          out);
}

// Columns [first, last) of the sum of dy over the batch, in the order of the rows.
template <typename T>
void column_sums(Index batch, Index columns, Index first, Index last, const T* dy, T* sums) {
  std::fill(sums + first, sums + last, T(0));
  for (Index i = 0; i < batch; ++i) {
    const T* row = dy + i * columns;
    for (Index j = first; j < last; ++j) sums[j] += row[j];
  }
}

}  // namespace fusedmlp
