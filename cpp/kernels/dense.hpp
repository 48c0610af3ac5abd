// The dense layer y = x W + b; x (batch, in), W (in, out) row-major, b (out).
#pragma once

#include "kernels/column_sums.hpp"
#include "kernels/gemm.hpp"
#include "kernels/parallel.hpp"

namespace fusedmlp {

// Multiply-adds that are worth another thread.
inline constexpr Index kWorkGrain = 1250 * 1000;
// Weights from which a team splits the columns, so that W is read and packed once by all of them,
// not once by each.
inline constexpr Index kLargeWeights = 128 * 1024;
inline bool splits_columns(Index in, Index out) { return in * out > kLargeWeights; }
// Where columns are cut: at whole cache lines, so that workers do not write into one.
inline constexpr Index kColumnGrain = 16;

// y = x W + b for `rows` rows, of all columns or of a part; b may be null. `slack` as in Strided.
template <typename T>
void dense_forward(Index rows, Index in, Index out, const T* x, const T* W, const T* b, T* y,
                   Range columns, bool slack) {
  gemm<T>(rows, columns.size(), in, {x, in, 1}, {W + columns.begin, out, 1, slack},
          b == nullptr ? nullptr : b + columns.begin, y + columns.begin, out);
}

// dx = dy W^T for `rows` rows, of all columns of dx or of a part.
template <typename T>
void dense_input_gradient(Index rows, Index in, Index out, const T* dy, const T* W, T* dx,
                          Range columns) {
  gemm<T>(rows, columns.size(), out, {dy, out, 1}, {W + columns.begin * out, 1, out}, nullptr,
          dx + columns.begin, in);
}

// Rows of dW = x^T dy, written to `strip` one behind the other; the sum runs over the whole batch.
template <typename T>
void dense_weight_gradient(Index batch, Index in, Index out, Range rows, const T* x, const T* dy,
                           T* strip, bool slack) {
  gemm<T>(rows.size(), out, batch, {x + rows.begin, 1, in}, {dy, out, 1, slack}, nullptr, strip,
          out);
}

}  // namespace fusedmlp
