// Gradient clipping by the norm of the whole gradient or by value.
#pragma once

#include "kernels/parallel.hpp"

namespace fusedmlp {

// The squared norm is a sum over chunks of this fixed size, added in order: the same bits for any
// number of threads and any ISA level.
inline constexpr Index norm_chunk = 4096;
inline constexpr Index norm_chunks(Index n) { return (n + norm_chunk - 1) / norm_chunk; }

// Sum of squares in double of one chunk, n <= norm_chunk.
template <typename T>
double sum_of_squares_chunk(const T* g, Index n);

// Chunks [chunks.begin, chunks.end) of the n elements of g, one number each.
template <typename T>
void sum_of_squares_chunks(const T* g, Index n, Range chunks, double* sums);

// Square root of the chunks' sums, added in order.
double norm_of_chunks(const double* sums, Index count);

// Euclidean norm; sums has room for norm_chunks(n) numbers.
template <typename T>
double gradient_norm(const T* g, Index n, double* sums, int threads);

// What gradients of this norm are multiplied by (torch.nn.utils.clip_grad_norm_): never more
// than 1.
inline double clip_factor(double norm, double max_norm) {
  const double factor = max_norm / (norm + 1e-6);
  return factor >= 1.0 ? 1.0 : factor;
}

// Limits every element to [-limit, limit]; NaN stays NaN.
template <typename T>
void clip_values(T* g, Index n, T limit);

}  // namespace fusedmlp
