#include "kernels/piecewise.hpp"

#include "kernels/vec.hpp"

namespace fusedmlp {

template <typename T>
void PiecewiseEmbedding<T>::sum_up(Index feature, T* before) const {
  const T* V = weight + feature * bins * dim;
  for (Index d = 0; d < dim; ++d) {
    double sum = static_cast<double>(bias[feature * dim + d]);
    for (Index t = 0; t < bins; ++t) {
      before[t * dim + d] = static_cast<T>(sum);
      sum += static_cast<double>(V[t * dim + d]);
    }
  }
}

template <typename T>
void PiecewiseEmbedding<T>::forward(Index feature, Range part, const T* x, const T* before, T* bin,
                                    T* share, T* e, Index stride) const {
  const T* E = edges + feature * (bins + 1);
  const T* V = weight + feature * bins * dim;
  const Index at = feature * rows;
  // The edges that x has passed, but for the first and the last.
  map(
      part.size(), bin + at + part.begin,
      [&](Vec<T> v) {
        Vec<T> passed = Vec<T>::all(0);
        for (Index t = 1; t < bins; ++t) {
          passed = passed + where(v < Vec<T>::all(E[t]), T(0), T(1));
        }
        return passed;
      },
      x + at + part.begin);
  for (Index i = part.begin; i < part.end; ++i) {
    const auto t = static_cast<Index>(bin[at + i]);
    const T s = share[at + i] = (x[at + i] - E[t]) * inverse_width(E + t);
    for (Index d = 0; d < dim; ++d) {
      e[i * stride + d] = before[t * dim + d] + s * V[t * dim + d];
    }
  }
}

template <typename T>
void PiecewiseEmbedding<T>::input_gradient(Index feature, Range part, const T* bin, const T* de,
                                           T* dx, Index stride) const {
  const T* E = edges + feature * (bins + 1);
  const T* V = weight + feature * bins * dim;
  for (Index i = part.begin; i < part.end; ++i) {
    const auto t = static_cast<Index>(bin[feature * rows + i]);
    T sum = T(0);
    for (Index d = 0; d < dim; ++d) sum += de[(feature * dim + d) * rows + i] * V[t * dim + d];
    dx[i * stride] += sum * inverse_width(E + t);
  }
}

template <typename T>
void PiecewiseEmbedding<T>::weight_gradient(Index feature, const T* bin, const T* share,
                                            const T* de, T* dweight) const {
  const Index at = feature * rows;
  for (Index d = 0; d < dim; ++d) {
    const T* g = de + (feature * dim + d) * rows;
    double inside[kMost] = {}, whole[kMost] = {};
    for (Index i = 0; i < rows; ++i) {
      const auto t = static_cast<Index>(bin[at + i]);
      inside[t] += static_cast<double>(share[at + i]) * static_cast<double>(g[i]);
      whole[t] += static_cast<double>(g[i]);
    }
    // Rows in later bins have passed this one.
    double later = 0.0;
    for (Index t = bins - 1; t >= 0; --t) {
      dweight[t * dim + d] = static_cast<T>(inside[t] + later);
      later += whole[t];
    }
  }
}

template struct PiecewiseEmbedding<float>;
template struct PiecewiseEmbedding<double>;

}  // namespace fusedmlp
