// Loss functions: value and gradient of a block of rows in one pass.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernels/range.hpp"

namespace fusedmlp {

// A block of consecutive rows. A row's result does not depend on the block it comes in.
template <typename T>
struct LossRows {
  const T* pred;                // (rows, cols)
  const T* target;              // (rows, cols), or null where `classes` is given
  const std::int64_t* classes;  // (rows,), or null
  Index rows, cols;
  const double* row_scale;  // row i of dpred is row_scale[i] * dl_i/dpred
  double* row_loss;         // receives l_i, without row_scale
  T* dpred;                 // (rows, cols), not pred itself; null: values only
};

template <typename T>
struct Loss {
  const char* name;
  bool classes;  // accepts class indices
  // params: the numbers of core/catalogue/ in their order; quantile: one q per column.
  void (*rows)(const double* params, const LossRows<T>& block);
};

// Null if there is no such loss.
template <typename T>
const Loss<T>* find_loss(std::string_view name);

// All rows of `block` on up to `threads` threads.
template <typename T>
void loss_all(const Loss<T>& loss, const double* params, const LossRows<T>& block, int threads);

// losses/cross_entropy.cpp; params: label_smoothing.
template <typename T>
void cross_entropy_rows(const double* params, const LossRows<T>& block);

}  // namespace fusedmlp
