#include "kernels/softmax.hpp"

#include <cmath>
#include <limits>

#include "kernels/activations/elementary.hpp"
#include "kernels/row_sums.hpp"

namespace fusedmlp {
namespace {

// The largest element; a NaN may get lost here and comes back with the exponentials.
template <typename T>
T row_max(const T* x, Index n) {
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  Packet<T> largest = simd::set(lowest);
  Index i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) largest = simd::pmax(largest, simd::load(x + i));
  T lane[lanes<T>];
  simd::store(lane, largest);
  T result = lowest;
  for (Index k = 0; k < lanes<T>; ++k) result = std::max(result, lane[k]);
  for (; i < n; ++i) result = std::max(result, x[i]);
  return result;
}

template <typename T>
[[gnu::flatten]] void forward_row(const T* x, T* y, Index n) {
  const T largest = row_max(x, n);
  simd::map(n, y, [=](const Packet<T>& v) { return exp_of_negative(Vec<T>(v) - largest).p; }, x);
  const double sum = sum_row<T>(n, [](const Packet<T>& v) { return v; }, y);
  const T inverse = T(1 / sum);
  simd::map(n, y, [=](const Packet<T>& v) { return simd::pmul(v, simd::set(inverse)); }, y);
}

// log(sum) = log1p(ties + rest) without the largest element's own 1: exact for a dominant class.
template <typename T>
[[gnu::flatten]] void forward_row_log(const T* x, T* y, Index n) {
  const T largest = row_max(x, n);
  Index ties = -1;
  for (Index i = 0; i < n; ++i) ties += x[i] == largest;
  const double rest = sum_row<T>(
      n,
      [=](const Packet<T>& p) {
        const Vec<T> v = p;
        return where(v == Vec<T>::all(largest), Vec<T>::all(0), exp_of_negative(v - largest)).p;
      },
      x);
  // An infinite maximum has no softmax: inf - inf makes the whole row NaN.
  const T log_sum = T(std::log1p(static_cast<double>(ties) + rest)) + (largest - largest);
  simd::map(n, y, [=](const Packet<T>& v) { return ((Vec<T>(v) - largest) - log_sum).p; }, x);
}

template <typename T>
[[gnu::flatten]] void backward_row(const T* dy, const T* y, T* dx, Index n) {
  const double dot =
      sum_row<T>(n, [](const Packet<T>& g, const Packet<T>& v) { return simd::pmul(g, v); }, dy, y);
  const T mean = T(dot);
  simd::map(
      n, dx,
      [=](const Packet<T>& g, const Packet<T>& v) { return (Vec<T>(v) * (Vec<T>(g) - mean)).p; },
      dy, y);
}

template <typename T>
[[gnu::flatten]] void backward_row_log(const T* dy, const T* y, T* dx, Index n) {
  const T sum = T(sum_row<T>(n, [](const Packet<T>& g) { return g; }, dy));
  simd::map(
      n, dx,
      [=](const Packet<T>& g, const Packet<T>& v) {
        return (Vec<T>(g) - exp_of_negative(Vec<T>(v)) * sum).p;
      },
      dy, y);
}

}  // namespace

template <typename T>
void softmax_forward(bool log, const T* x, T* y, Index rows, Index columns) {
  const auto row = log ? forward_row_log<T> : forward_row<T>;
  for (Index i = 0; i < rows; ++i) row(x + i * columns, y + i * columns, columns);
}

template <typename T>
void softmax_backward(bool log, const T* dy, const T* y, T* dx, Index rows, Index columns) {
  const auto row = log ? backward_row_log<T> : backward_row<T>;
  for (Index i = 0; i < rows; ++i) {
    row(dy + i * columns, y + i * columns, dx + i * columns, columns);
  }
}

template void softmax_forward<float>(bool, const float*, float*, Index, Index);
template void softmax_forward<double>(bool, const double*, double*, Index, Index);
template void softmax_backward<float>(bool, const float*, const float*, float*, Index, Index);
template void softmax_backward<double>(bool, const double*, const double*, double*, Index, Index);

}  // namespace fusedmlp
