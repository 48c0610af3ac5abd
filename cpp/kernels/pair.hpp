// Sums and products without rounding error, as pairs of a value and what rounding took from it.
#pragma once

#include "kernels/vec.hpp"

namespace fusedmlp {

// An unevaluated sum hi + lo with |lo| below an ulp or so of hi.
template <typename T>
struct Pair {
  Vec<T> hi, lo;
};

#ifndef EIGEN_VECTORIZE_FMA
// The upper half of the mantissa, so that products of two halves are exact.
template <typename T>
EIGEN_STRONG_INLINE Vec<T> upper_half(Vec<T> v) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr Bits mask = sizeof(T) == 4 ? Bits(0xfffff000u) : Bits(0xfffffffff8000000ull);
  T value;
  std::memcpy(&value, &mask, sizeof value);
  return simd::pand(v.p, simd::set(value));
}
#endif

// a * b without rounding error (Dekker 1971 where there is no FMA).
template <typename T>
EIGEN_STRONG_INLINE Pair<T> exact_product(Vec<T> a, Vec<T> b) {
  const Vec<T> hi = a * b;
#ifdef EIGEN_VECTORIZE_FMA
  return {hi, fma(a, b, -hi)};
#else
  const Vec<T> ah = upper_half(a), bh = upper_half(b), al = a - ah, bl = b - bh;
  return {hi, ((ah * bh - hi) + ah * bl + al * bh) + al * bl};
#endif
}

// 1 - a * b without rounding error, for 0 <= a * b <= 1.
template <typename T>
EIGEN_STRONG_INLINE Pair<T> one_minus_product(Vec<T> a, Vec<T> b) {
#ifdef EIGEN_VECTORIZE_FMA
  const Vec<T> hi = fma(-a, b, T(1));
  return {hi, fma(-a, b, T(1) - hi)};
#else
  const Pair<T> product = exact_product(a, b);
  const Vec<T> hi = T(1) - product.hi;
  return {hi, ((T(1) - hi) - product.hi) - product.lo};
#endif
}

// a + b without rounding error (Knuth's two-sum).
template <typename T>
EIGEN_STRONG_INLINE Pair<T> exact_sum(Vec<T> a, Vec<T> b) {
  const Vec<T> hi = a + b, bb = hi - a;
  return {hi, (a - (hi - bb)) + (b - bb)};
}

}  // namespace fusedmlp
