#include "kernels/periodic.hpp"

#include <algorithm>

#include "kernels/turns.hpp"

namespace fusedmlp {
namespace {

constexpr double two_pi = 6.283185307179586476925;

template <typename T>
T in_turns(T phase) {
  return static_cast<T>(static_cast<double>(phase) / two_pi);
}

// body(first row, how many) for packets of rows.
template <typename T, typename F>
EIGEN_STRONG_INLINE void for_packets(Range rows, F&& body) {
  for (Index i = rows.begin; i < rows.end; i += lanes<T>) body(i, std::min(lanes<T>, rows.end - i));
}

}  // namespace

template <typename T>
void PeriodicEmbedding<T>::forward(Index feature, Range part, const T* x, T* e,
                                   Index stride) const {
  const T* w = frequency + feature * frequencies;
  const T* V = weight + feature * frequencies * dim;
  const T* column = x + feature * rows;
  T turns[kMost];
  for (Index k = 0; k < frequencies; ++k) turns[k] = in_turns(phase[feature * frequencies + k]);
  for_packets<T>(part, [&](Index i, Index count) {
    const Vec<T> v = Vec<T>::load_part(column + i, count);
    Vec<T> wave[kMost];
    for (Index k = 0; k < frequencies; ++k) {
      wave[k] = cosine_of_turns(fma(v, w[k], Vec<T>::all(turns[k])));
    }
    for (Index d = 0; d < dim; ++d) {
      Vec<T> sum = Vec<T>::all(0);
      for (Index k = 0; k < frequencies; ++k) sum = fma(wave[k], V[k * dim + d], sum);
      T lane[lanes<T>];
      (sum + bias[feature * dim + d]).store(lane);
      for (Index l = 0; l < count; ++l) e[(i + l) * stride + d] = lane[l];
    }
  });
}

template <typename T>
void PeriodicEmbedding<T>::input_gradient(Index feature, Range part, const T* x, const T* de, T* dx,
                                          Index stride) const {
  const T* w = frequency + feature * frequencies;
  const T* b = phase + feature * frequencies;
  const T* V = weight + feature * frequencies * dim;
  for_packets<T>(part, [&](Index i, Index count) {
    const Vec<T> v = Vec<T>::load_part(x + feature * rows + i, count);
    Vec<T> sum = Vec<T>::all(0);
    for (Index k = 0; k < frequencies; ++k) {
      Vec<T> g = Vec<T>::all(0);
      for (Index d = 0; d < dim; ++d) {
        g = fma(Vec<T>::load_part(de + (feature * dim + d) * rows + i, count), V[k * dim + d], g);
      }
      const Vec<T> u = fma(v, w[k], Vec<T>::all(in_turns(b[k])));
      sum = fma(g * sine_of_part(part_of_turn(u)), w[k], sum);
    }
    T lane[lanes<T>];
    (sum * static_cast<T>(-two_pi)).store(lane);
    for (Index l = 0; l < count; ++l) dx[(i + l) * stride] += lane[l];
  });
}

template <typename T>
void PeriodicEmbedding<T>::wave_gradients(Range waves, const T* x, const T* de, T* dfrequency,
                                          T* dphase, T* dweight) const {
  // Rows that are added in T; their sums are added in double.
  constexpr Index block = 64 * lanes<T>;
  const auto add = [](Vec<T> sum, double& total) {
    T lane[lanes<T>];
    sum.store(lane);
    for (const T value : lane) total += static_cast<double>(value);
  };
  for (Index wave = waves.begin; wave < waves.end; ++wave) {
    const Index feature = wave / frequencies;
    const T* v_column = x + feature * rows;
    const T* de_feature = de + feature * dim * rows;
    const T* V = weight + wave * dim;
    const T w = frequency[wave], turns = in_turns(phase[wave]);
    double slope = 0.0, slope_x = 0.0, linear[kMost] = {};
    for (Index first = 0; first < rows; first += block) {
      Vec<T> s = Vec<T>::all(0), s_x = s, c_e[kMost];
      std::fill_n(c_e, dim, s);
      for_packets<T>({first, std::min(rows, first + block)}, [&](Index i, Index count) {
        const Vec<T> v = Vec<T>::load_part(v_column + i, count);
        const Vec<T> r = part_of_turn(fma(v, w, Vec<T>::all(turns)));
        const Vec<T> cosine = cosine_of_part(r);
        Vec<T> g = Vec<T>::all(0);
        for (Index d = 0; d < dim; ++d) {
          const Vec<T> gradient = Vec<T>::load_part(de_feature + d * rows + i, count);
          c_e[d] = fma(cosine, gradient, c_e[d]);
          g = fma(gradient, V[d], g);
        }
        const Vec<T> term = g * sine_of_part(r);
        s = s + term;
        s_x = fma(term, v, s_x);
      });
      add(s, slope);
      add(s_x, slope_x);
      for (Index d = 0; d < dim; ++d) add(c_e[d], linear[d]);
    }
    dphase[wave] = static_cast<T>(-slope);
    dfrequency[wave] = static_cast<T>(-two_pi * slope_x);
    for (Index d = 0; d < dim; ++d) dweight[wave * dim + d] = static_cast<T>(linear[d]);
  }
}

template struct PeriodicEmbedding<float>;
template struct PeriodicEmbedding<double>;

}  // namespace fusedmlp
