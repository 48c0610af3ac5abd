// A packet with operators, so that a formula in a functor reads like the formula in the docs.
#pragma once

#include <cstring>
#include <limits>
#include <type_traits>

#include "kernels/simd.hpp"

namespace fusedmlp {

template <typename T>
struct Vec {
  Packet<T> p;

  EIGEN_STRONG_INLINE Vec(const Packet<T>& packet) : p(packet) {}
  EIGEN_STRONG_INLINE static Vec all(T value) { return simd::set(value); }

  friend EIGEN_STRONG_INLINE Vec operator+(Vec a, Vec b) { return simd::padd(a.p, b.p); }
  friend EIGEN_STRONG_INLINE Vec operator-(Vec a, Vec b) { return simd::psub(a.p, b.p); }
  friend EIGEN_STRONG_INLINE Vec operator*(Vec a, Vec b) { return simd::pmul(a.p, b.p); }
  friend EIGEN_STRONG_INLINE Vec operator/(Vec a, Vec b) { return simd::pdiv(a.p, b.p); }
  friend EIGEN_STRONG_INLINE Vec operator-(Vec a) { return simd::pnegate(a.p); }

  friend EIGEN_STRONG_INLINE Vec operator+(Vec a, T b) { return a + all(b); }
  friend EIGEN_STRONG_INLINE Vec operator-(Vec a, T b) { return a - all(b); }
  friend EIGEN_STRONG_INLINE Vec operator*(Vec a, T b) { return a * all(b); }
  friend EIGEN_STRONG_INLINE Vec operator/(Vec a, T b) { return a / all(b); }
  friend EIGEN_STRONG_INLINE Vec operator+(T a, Vec b) { return all(a) + b; }
  friend EIGEN_STRONG_INLINE Vec operator-(T a, Vec b) { return all(a) - b; }
  friend EIGEN_STRONG_INLINE Vec operator*(T a, Vec b) { return all(a) * b; }
  friend EIGEN_STRONG_INLINE Vec operator/(T a, Vec b) { return all(a) / b; }

  // The result of a comparison: all bits of a lane, or none.
  struct Mask {
    Packet<T> p;
    friend EIGEN_STRONG_INLINE Mask operator&(Mask a, Mask b) { return {simd::pand(a.p, b.p)}; }
  };
  friend EIGEN_STRONG_INLINE Mask operator<(Vec a, T b) { return {simd::pcmp_lt(a.p, all(b).p)}; }
  friend EIGEN_STRONG_INLINE Mask operator>(Vec a, T b) { return {simd::pcmp_lt(all(b).p, a.p)}; }
  friend EIGEN_STRONG_INLINE Mask operator<=(Vec a, T b) { return {simd::pcmp_le(a.p, all(b).p)}; }
  friend EIGEN_STRONG_INLINE Mask operator>=(Vec a, T b) { return {simd::pcmp_le(all(b).p, a.p)}; }
  friend EIGEN_STRONG_INLINE Mask operator==(Vec a, Vec b) { return {simd::pcmp_eq(a.p, b.p)}; }

  friend EIGEN_STRONG_INLINE Vec where(Mask m, Vec a, Vec b) {
    return simd::pselect(m.p, a.p, b.p);
  }
  friend EIGEN_STRONG_INLINE Vec where(Mask m, T a, T b) { return where(m, all(a), all(b)); }
  friend EIGEN_STRONG_INLINE Vec where(Mask m, Vec a, T b) { return where(m, a, all(b)); }
  friend EIGEN_STRONG_INLINE Vec where(Mask m, T a, Vec b) { return where(m, all(a), b); }

  friend EIGEN_STRONG_INLINE Vec abs(Vec a) { return simd::pabs(a.p); }
  friend EIGEN_STRONG_INLINE Vec minus_abs(Vec a) { return simd::por(a.p, all(T(-0.0)).p); }

  // a * b + c; one rounding where the level has FMA, two elsewhere.
  friend EIGEN_STRONG_INLINE Vec fma(Vec a, Vec b, Vec c) { return simd::pmadd(a.p, b.p, c.p); }
  friend EIGEN_STRONG_INLINE Vec fma(Vec a, Vec b, T c) { return fma(a, b, all(c)); }
  friend EIGEN_STRONG_INLINE Vec fma(Vec a, T b, Vec c) { return fma(a, all(b), c); }
  friend EIGEN_STRONG_INLINE Vec fma(Vec a, T b, T c) { return fma(a, all(b), all(c)); }

  // Bounds that let NaN through: pmax and pmin return their first operand when one is NaN.
  friend EIGEN_STRONG_INLINE Vec at_least(Vec a, T low) { return simd::pmax(a.p, all(low).p); }
  friend EIGEN_STRONG_INLINE Vec at_most(Vec a, T high) { return simd::pmin(a.p, all(high).p); }
  friend EIGEN_STRONG_INLINE Vec clamp(Vec a, T low, T high) {
    return at_most(at_least(a, low), high);
  }

  // magnitude (which must not be negative) with the sign of `sign`.
  friend EIGEN_STRONG_INLINE Vec with_sign(Vec magnitude, Vec sign) {
    return simd::por(magnitude.p, simd::pand(sign.p, all(T(-0.0)).p));
  }
};

// c[0] + c[1] x + c[2] x^2 + ..., written out at compile time.
template <std::size_t First = 0, typename T, std::size_t N>
EIGEN_STRONG_INLINE Vec<T> polynomial(Vec<T> x, const T (&c)[N]) {
  if constexpr (First + 1 == N) {
    return Vec<T>::all(c[First]);
  } else {
    return fma(polynomial<First + 1>(x, c), x, c[First]);
  }
}

// The bits of v as unsigned integers, shifted left: an integer in the low mantissa bits moves into
// the exponent.
template <int Count, typename T>
EIGEN_STRONG_INLINE Vec<T> shift_bits_left(Vec<T> v) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  typedef Bits Lanes __attribute__((vector_size(sizeof(Packet<T>))));
  Lanes bits;
  std::memcpy(&bits, &v, sizeof bits);
  bits <<= Count;
  Packet<T> shifted;
  std::memcpy(&shifted, &bits, sizeof bits);
  return shifted;
}

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
