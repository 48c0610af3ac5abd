// Targets of a loss without pybind11's conversions: exact, and of values that the loss allows.
#pragma once

#include <algorithm>

#include "bindings/exact_array.hpp"
#include "kernels/losses.hpp"

namespace fusedmlp {

using Pair = std::pair<double, double>;

// Whether all values lie within bounds; NaN does, as in the catalogue.
template <typename T>
bool all_between(const T* x, Index n, Pair bounds) {
  return std::all_of(x, x + n, [=](T v) { return !(v < bounds.first) && !(v > bounds.second); });
}

// Finds the target of the predictions in `batch`: class indices (rows,) where the loss accepts
// them, else values of pred's shape, (rows,) being (rows, 1). False for anything else.
template <typename T>
bool exact_target(const py::object& target, LossRows<T>& batch, bool accepts_classes, Pair bounds) {
  if (accepts_classes) {
    batch.classes = exact_vector<std::int64_t>(target, batch.rows);
    if (batch.classes != nullptr) {
      return all_between(batch.classes, batch.rows, {0.0, static_cast<double>(batch.cols - 1)});
    }
  }
  batch.target = exact_matrix<T>(target, batch.rows, batch.cols);
  if (batch.target == nullptr && batch.cols == 1 && !accepts_classes) {
    batch.target = exact_vector<T>(target, batch.rows);
  }
  return batch.target != nullptr && all_between(batch.target, batch.rows * batch.cols, bounds);
}

}  // namespace fusedmlp
