// Sums over a row and its largest element. The order of a sum depends on the row's length alone.
#pragma once

#include <algorithm>
#include <limits>

#include "kernels/vec.hpp"

namespace fusedmlp {

// The sum of f(x[i], ...) over n elements: short runs in T, runs in double, so that a long sum
// loses nothing. Lanes beyond the row's end are dropped.
template <typename T, typename F, typename... In>
double sum_row(Index n, F f, const In*... in) {
  constexpr Index block = 64 * lanes<T>;
  double total = 0;
  T lane[lanes<T>];
  for (Index begin = 0; begin < n; begin += block) {
    const Index end = std::min(n, begin + block);
    Vec<T> sum = Vec<T>::all(0);
    Index i = begin;
    for (; i + lanes<T> <= end; i += lanes<T>) sum = sum + f(Vec<T>::load(in + i)...);
    sum.store(lane);
    for (Index k = 0; k < lanes<T>; ++k) total += lane[k];
    if (i < end) {
      f(Vec<T>::load_part(in + i, end - i)...).store(lane);
      for (Index k = 0; k < end - i; ++k) total += lane[k];
    }
  }
  return total;
}

// Sums a row in double in eight lanes, whatever the pieces it comes in (all but the last of a
// multiple of eight elements): the order depends on the row's length alone.
class LaneSum {
 public:
  template <typename T>
  EIGEN_STRONG_INLINE void add(const T* v, Index n) {
    add(n, [v](Index j) { return static_cast<double>(v[j]); });
  }
  template <typename F>
  EIGEN_STRONG_INLINE void add(Index n, F&& term) {
    Index j = 0;
    for (; j + 8 <= n; j += 8)
      for (Index k = 0; k < 8; ++k) lane_[k] += term(j + k);
    for (Index k = 0; j < n; ++j, ++k) lane_[k] += term(j);
  }
  double total() const {
    return ((lane_[0] + lane_[4]) + (lane_[2] + lane_[6])) +
           ((lane_[1] + lane_[5]) + (lane_[3] + lane_[7]));
  }

 private:
  double lane_[8] = {};
};

// Whether all elements are finite: x - x is 0 for those, NaN for the others.
template <typename T>
bool all_finite(const T* x, Index n) {
  Vec<T> sum = Vec<T>::all(0);
  const auto add = [&](Vec<T> v) { sum = sum + (v - v); };
  Index i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) add(Vec<T>::load(x + i));
  if (i < n) add(Vec<T>::load_part(x + i, n - i));
  T lane[lanes<T>];
  sum.store(lane);
  T total = 0;
  for (const T v : lane) total += v;
  return total == T(0);
}

// The largest element; a NaN may get lost here and comes back with the exponentials.
template <typename T>
T row_max(const T* x, Index n) {
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  Vec<T> largest = Vec<T>::all(lowest);
  Index i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) largest = max(largest, Vec<T>::load(x + i));
  T lane[lanes<T>];
  largest.store(lane);
  T result = lowest;
  for (Index k = 0; k < lanes<T>; ++k) result = std::max(result, lane[k]);
  for (; i < n; ++i) result = std::max(result, x[i]);
  return result;
}

}  // namespace fusedmlp
