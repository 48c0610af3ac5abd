#include "kernels/blend.hpp"

#include <algorithm>

#include "kernels/vec.hpp"

namespace fusedmlp {

template <typename T>
void Blend<T>::forward(Range rows, Range columns, const T* z, const T* f, T* y) const {
  for (Index i = rows.begin; i < rows.end; ++i) {
    const Index at = i * width + columns.begin;
    map(
        columns.size(), y + at, [](Vec<T> v, Vec<T> w, Vec<T> a) { return fma(a, w - v, v); },
        z + at, f + at, share + columns.begin);
  }
}

template <typename T>
void Blend<T>::backward(Range rows, const T* z, T* f, T* dy) const {
  constexpr Index piece = 256;
  T slope[piece];  // dy f'(z)
  for (Index i = rows.begin; i < rows.end; ++i) {
    for (Index j = 0; j < width; j += piece) {
      const Index n = std::min(piece, width - j), at = i * width + j;
      activation->backward(params, dy + at, z + at, activation->from_output ? f + at : nullptr,
                           slope, n);
      map(
          n, f + at, [](Vec<T> d, Vec<T> w, Vec<T> v) { return d * (w - v); }, dy + at, f + at,
          z + at);
      map(
          n, dy + at, [](Vec<T> d, Vec<T> s, Vec<T> a) { return fma(a, s - d, d); }, dy + at, slope,
          share + j);
    }
  }
}

template struct Blend<float>;
template struct Blend<double>;

}  // namespace fusedmlp
