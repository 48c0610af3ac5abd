#include "kernels/periodic.hpp"

#include <algorithm>
#include <type_traits>

#include "kernels/column_sums.hpp"
#include "kernels/turns.hpp"

namespace fusedmlp {
namespace {

constexpr double two_pi = 6.283185307179586476925;

template <typename T>
T in_turns(T phase) {
  return static_cast<T>(static_cast<double>(phase) / two_pi);
}

// The usual number of outputs, for which sums over them stay in registers.
constexpr Index kUsual = 3;

// body(dim) with dim as a constant where it is the usual one.
template <typename F>
void with_dim(Index dim, F&& body) {
  if (dim == kUsual) {
    body(std::integral_constant<Index, kUsual>());
  } else {
    body(dim);
  }
}

template <typename T>
void store_rows(Vec<T> v, Index count, T* to, Index stride) {
  T lane[lanes<T>];
  v.store(lane);
  for (Index l = 0; l < count; ++l) to[l * stride] = lane[l];
}

}  // namespace

template <typename T>
void PeriodicEmbedding<T>::forward(Index feature, Range part, const T* x, T* e,
                                   Index stride) const {
  const T* w = frequency + feature * frequencies;
  const T* V = weight + feature * frequencies * dim;
  const T* v = bias + feature * dim;
  T turns[kMost];
  for (Index k = 0; k < frequencies; ++k) turns[k] = in_turns(phase[feature * frequencies + k]);
  with_dim(dim, [&](const auto n) {
    for_strips<T>(part, [&](auto rows_of) {
      const Vec<T> value = rows_of.load(x + feature * rows);
      Vec<T> sum[kMost];
      for (Index d = 0; d < n; ++d) sum[d] = Vec<T>::all(0);
      for (Index k = 0; k < frequencies; ++k) {
        const Vec<T> wave = cosine_of_turns(fma(value, w[k], Vec<T>::all(turns[k])));
        for (Index d = 0; d < n; ++d) sum[d] = fma(wave, V[k * n + d], sum[d]);
      }
      for (Index d = 0; d < n; ++d) {
        store_rows(sum[d] + v[d], rows_of.count, e + rows_of.column * stride + d, stride);
      }
    });
  });
}

template <typename T>
void PeriodicEmbedding<T>::input_gradient(Index feature, Range part, const T* x, const T* de, T* dx,
                                          Index stride) const {
  const T* w = frequency + feature * frequencies;
  const T* b = phase + feature * frequencies;
  const T* V = weight + feature * frequencies * dim;
  const T* de_feature = de + feature * dim * rows;
  for_strips<T>(part, [&](auto rows_of) {
    const Vec<T> value = rows_of.load(x + feature * rows);
    Vec<T> sum = Vec<T>::all(0);
    for (Index k = 0; k < frequencies; ++k) {
      Vec<T> g = Vec<T>::all(0);
      for (Index d = 0; d < dim; ++d) {
        g = fma(rows_of.load(de_feature + d * rows), V[k * dim + d], g);
      }
      const Vec<T> u = fma(value, w[k], Vec<T>::all(in_turns(b[k])));
      sum = fma(g * sine_of_part(part_of_turn(u)), w[k], sum);
    }
    T lane[lanes<T>];
    (sum * static_cast<T>(-two_pi)).store(lane);
    for (Index l = 0; l < rows_of.count; ++l) dx[(rows_of.column + l) * stride] += lane[l];
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
  with_dim(dim, [&](const auto n) {
    for (Index wave = waves.begin; wave < waves.end; ++wave) {
      const Index feature = wave / frequencies;
      const T* de_feature = de + feature * n * rows;
      const T* V = weight + wave * n;
      const T w = frequency[wave], turns = in_turns(phase[wave]);
      double slope = 0.0, slope_x = 0.0, linear[kMost];
      for (Index d = 0; d < n; ++d) linear[d] = 0.0;
      for (Index first = 0; first < rows; first += block) {
        Vec<T> s = Vec<T>::all(0), s_x = s, c_e[kMost];
        for (Index d = 0; d < n; ++d) c_e[d] = s;
        for_strips<T>({first, std::min(rows, first + block)}, [&](auto rows_of) {
          const Vec<T> value = rows_of.load(x + feature * rows);
          const Vec<T> r = part_of_turn(fma(value, w, Vec<T>::all(turns)));
          const Vec<T> cosine = cosine_of_part(r);
          Vec<T> g = Vec<T>::all(0);
          for (Index d = 0; d < n; ++d) {
            const Vec<T> gradient = rows_of.load(de_feature + d * rows);
            c_e[d] = fma(cosine, gradient, c_e[d]);
            g = fma(gradient, V[d], g);
          }
          const Vec<T> term = g * sine_of_part(r);
          s = s + term;
          s_x = fma(term, value, s_x);
        });
        add(s, slope);
        add(s_x, slope_x);
        for (Index d = 0; d < n; ++d) add(c_e[d], linear[d]);
      }
      dphase[wave] = static_cast<T>(-slope);
      dfrequency[wave] = static_cast<T>(-two_pi * slope_x);
      for (Index d = 0; d < n; ++d) dweight[wave * n + d] = static_cast<T>(linear[d]);
    }
  });
}

template struct PeriodicEmbedding<float>;
template struct PeriodicEmbedding<double>;

}  // namespace fusedmlp
