#include "kernels/softmax.hpp"

#include <cmath>

#include "kernels/elementary.hpp"
#include "kernels/parallel.hpp"
#include "kernels/reductions.hpp"

namespace fusedmlp {
namespace {

template <typename T>
[[gnu::flatten]] void forward_row(const T* x, T* y, Index n) {
  const T largest = row_max(x, n);
  map(n, y, [=](Vec<T> v) { return exp_of_negative(v - largest); }, x);
  const double sum = sum_row<T>(n, [](Vec<T> v) { return v; }, y);
  const T inverse = T(1 / sum);
  map(n, y, [=](Vec<T> v) { return v * inverse; }, y);
}

// log(sum) = log1p(ties + rest) without the largest element's own 1: exact for a dominant class.
template <typename T>
[[gnu::flatten]] void forward_row_log(const T* x, T* y, Index n) {
  const T largest = row_max(x, n);
  Index ties = -1;
  for (Index i = 0; i < n; ++i) ties += x[i] == largest;
  const double rest = sum_row<T>(
      n, [=](Vec<T> v) { return where(v == largest, T(0), exp_of_negative(v - largest)); }, x);
  // An infinite maximum has no softmax: inf - inf makes the whole row NaN.
  const T log_sum = T(std::log1p(static_cast<double>(ties) + rest)) + (largest - largest);
  map(n, y, [=](Vec<T> v) { return (v - largest) - log_sum; }, x);
}

template <typename T>
[[gnu::flatten]] void backward_row(const T* dy, const T* y, T* dx, Index n) {
  const T mean = T(sum_row<T>(n, [](Vec<T> g, Vec<T> v) { return g * v; }, dy, y));
  map(n, dx, [=](Vec<T> g, Vec<T> v) { return v * (g - mean); }, dy, y);
}

template <typename T>
[[gnu::flatten]] void backward_row_log(const T* dy, const T* y, T* dx, Index n) {
  const T sum = T(sum_row<T>(n, [](Vec<T> g) { return g; }, dy));
  map(n, dx, [=](Vec<T> g, Vec<T> v) { return g - exp_of_negative(v) * sum; }, dy, y);
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

template <typename T>
void softmax_forward_all(bool log, const T* x, T* y, Index rows, Index columns, int threads) {
  const int team = threads_for(rows * columns, kElementGrain, threads);
  parallel_parts(team, rows, 1, [&](Range part) {
    const Index first = part.begin * columns;
    softmax_forward(log, x + first, y + first, part.size(), columns);
  });
}

template <typename T>
void softmax_backward_all(bool log, const T* dy, const T* y, T* dx, Index rows, Index columns,
                          int threads) {
  const int team = threads_for(rows * columns, kElementGrain, threads);
  parallel_parts(team, rows, 1, [&](Range part) {
    const Index first = part.begin * columns;
    softmax_backward(log, dy + first, y + first, dx + first, part.size(), columns);
  });
}

template void softmax_forward<float>(bool, const float*, float*, Index, Index);
template void softmax_forward<double>(bool, const double*, double*, Index, Index);
template void softmax_backward<float>(bool, const float*, const float*, float*, Index, Index);
template void softmax_backward<double>(bool, const double*, const double*, double*, Index, Index);
template void softmax_forward_all<float>(bool, const float*, float*, Index, Index, int);
template void softmax_forward_all<double>(bool, const double*, double*, Index, Index, int);
template void softmax_backward_all<float>(bool, const float*, const float*, float*, Index, Index,
                                          int);
template void softmax_backward_all<double>(bool, const double*, const double*, double*, Index,
                                           Index, int);

}  // namespace fusedmlp
