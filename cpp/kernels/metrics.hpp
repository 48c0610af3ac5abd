// Metrics of a model's outputs against its targets, as python/fusedmlp/metrics defines them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernels/range.hpp"

namespace fusedmlp {

template <typename T>
struct Outcome {
  const T* pred;                // (rows, cols)
  const T* target;              // (rows, cols), or null where `classes` is given
  const std::int64_t* classes;  // (rows,), or null
  Index rows, cols;
};

// Sums run in double, row after row. Empty where the targets are not what the metric compares with.
template <typename T>
struct Metric {
  const char* name;
  std::optional<double> (*value)(const Outcome<T>& outcome);
};

// Null if there is no such metric here.
template <typename T>
const Metric<T>* find_metric(std::string_view name);

}  // namespace fusedmlp
