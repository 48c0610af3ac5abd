// Softmax and log-softmax of each row.
#pragma once

#include "kernels/range.hpp"

namespace fusedmlp {

// y = exp(x - max) / sum, or its logarithm; x and y are (rows, columns), y may be x.
template <typename T>
void softmax_forward(bool log, const T* x, T* y, Index rows, Index columns);

// dx = y (dy - sum(dy y)); with `log`, dx = dy - exp(y) sum(dy). dx may be dy.
template <typename T>
void softmax_backward(bool log, const T* dy, const T* y, T* dx, Index rows, Index columns);

// The same on up to `threads` threads.
template <typename T>
void softmax_forward_all(bool log, const T* x, T* y, Index rows, Index columns, int threads);
template <typename T>
void softmax_backward_all(bool log, const T* dy, const T* y, T* dx, Index rows, Index columns,
                          int threads);

}  // namespace fusedmlp
