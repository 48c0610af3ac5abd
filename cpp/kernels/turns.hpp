// Cosine and sine of angles in turns: cos(2 pi u), sin(2 pi u). The angle is reduced without error,
// so no digits of pi are needed; errors: docs/numerics.md.
#pragma once

#include "kernels/vec.hpp"

namespace fusedmlp {

template <typename T>
struct TurnConstants;

template <>
struct TurnConstants<float> {
  // Adding 1.5 * 2^23 rounds to an integer.
  static constexpr float rounder = 12582912.f;
  static constexpr float two_pi = 6.28318548f;
  // sin(2 pi a) / a - two_pi in a^2 <= 1/16; the first term is what rounding took from two_pi.
  static constexpr float sine[] = {-1.74845553e-7f, -41.3416824f, 81.6024628f, -76.5792923f,
                                   39.7386131f};
};

template <>
struct TurnConstants<double> {
  static constexpr double rounder = 6755399441055744.0;
  static constexpr double two_pi = 6.283185307179586;
  static constexpr double sine[] = {
      2.4492935982947064e-16, -41.341702240399755, 81.6052492760729,
      -76.70585975273612,     42.0586939201178,    -15.09464150314744,
      3.819924955611987,      -0.717703972024738,  0.10078130117823815};
};

// sin(2 pi a) for |a| <= 1/4.
template <typename T>
EIGEN_STRONG_INLINE Vec<T> sine_of_quarter(Vec<T> a) {
  using C = TurnConstants<T>;
  return fma(a, C::two_pi, a * polynomial(a * a, C::sine));
}

// u less the nearest integer, in [-1/2, 1/2]; any finite u. The first step leaves a few units in
// the last place of a large u, the second takes them.
template <typename T>
EIGEN_STRONG_INLINE Vec<T> part_of_turn(Vec<T> u) {
  constexpr T rounder = TurnConstants<T>::rounder;
  const Vec<T> r = u - ((u + rounder) - rounder);
  return r - ((r + rounder) - rounder);
}

template <typename T>
EIGEN_STRONG_INLINE Vec<T> cosine_of_part(Vec<T> r) {
  return sine_of_quarter(T(0.25) - abs(r));
}

template <typename T>
EIGEN_STRONG_INLINE Vec<T> sine_of_part(Vec<T> r) {
  const Vec<T> size = abs(r), other = T(0.5) - size;
  return sine_of_quarter(with_sign(where(size < other, size, other), r));
}

template <typename T>
EIGEN_STRONG_INLINE Vec<T> cosine_of_turns(Vec<T> u) {
  return cosine_of_part(part_of_turn(u));
}

}  // namespace fusedmlp
