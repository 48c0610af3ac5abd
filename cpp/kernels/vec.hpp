// A packet with operators, so that a formula in the code reads like the formula in the docs, and
// the loop that carries a formula over arrays.
#pragma once

#include <cstring>
#include <limits>
#include <type_traits>

#include "kernels/simd.hpp"

namespace fusedmlp {

template <typename T>
struct Vec {
  Packet<T> p;

  Vec() = default;
  EIGEN_STRONG_INLINE Vec(const Packet<T>& packet) : p(packet) {}
  EIGEN_STRONG_INLINE static Vec all(T value) { return simd::set(value); }

  EIGEN_STRONG_INLINE static Vec load(const T* from) { return simd::load(from); }
  EIGEN_STRONG_INLINE void store(T* to) const { simd::store(to, p); }
  // The first `count` lanes alone; those that are not loaded are zero.
  EIGEN_STRONG_INLINE static Vec load_part(const T* from, Index count) {
    return simd::load_part(from, count);
  }
  EIGEN_STRONG_INLINE void store_part(T* to, Index count) const { simd::store_part(to, p, count); }

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
  friend EIGEN_STRONG_INLINE Mask operator<(Vec a, Vec b) { return {simd::pcmp_lt(a.p, b.p)}; }
  friend EIGEN_STRONG_INLINE Mask operator<(Vec a, T b) { return a < all(b); }
  friend EIGEN_STRONG_INLINE Mask operator>(Vec a, T b) { return all(b) < a; }
  friend EIGEN_STRONG_INLINE Mask operator<=(Vec a, T b) { return {simd::pcmp_le(a.p, all(b).p)}; }
  friend EIGEN_STRONG_INLINE Mask operator==(Vec a, Vec b) { return {simd::pcmp_eq(a.p, b.p)}; }
  friend EIGEN_STRONG_INLINE Mask operator==(Vec a, T b) { return a == all(b); }

  friend EIGEN_STRONG_INLINE Vec where(Mask m, Vec a, Vec b) {
    return simd::pselect(m.p, a.p, b.p);
  }
  friend EIGEN_STRONG_INLINE Vec where(Mask m, T a, T b) { return where(m, all(a), all(b)); }
  friend EIGEN_STRONG_INLINE Vec where(Mask m, Vec a, T b) { return where(m, a, all(b)); }
  friend EIGEN_STRONG_INLINE Vec where(Mask m, T a, Vec b) { return where(m, all(a), b); }

  friend EIGEN_STRONG_INLINE Vec abs(Vec a) { return simd::pabs(a.p); }
  friend EIGEN_STRONG_INLINE Vec minus_abs(Vec a) { return simd::por(a.p, all(T(-0.0)).p); }
  friend EIGEN_STRONG_INLINE Vec log(Vec a) { return simd::plog(a.p); }
  friend EIGEN_STRONG_INLINE Vec sqrt(Vec a) { return simd::square_root(a.p); }
  // -1, 0 or 1; NaN stays NaN.
  friend EIGEN_STRONG_INLINE Vec sign(Vec a) {
    return where(a > T(0), T(1), where(a < T(0), T(-1), a));
  }

  // a * b + c; one rounding where the level has FMA, two elsewhere.
  friend EIGEN_STRONG_INLINE Vec fma(Vec a, Vec b, Vec c) { return simd::pmadd(a.p, b.p, c.p); }
  friend EIGEN_STRONG_INLINE Vec fma(Vec a, Vec b, T c) { return fma(a, b, all(c)); }
  friend EIGEN_STRONG_INLINE Vec fma(Vec a, T b, Vec c) { return fma(a, all(b), c); }
  friend EIGEN_STRONG_INLINE Vec fma(Vec a, T b, T c) { return fma(a, all(b), all(c)); }
  friend EIGEN_STRONG_INLINE Vec fma(T a, Vec b, Vec c) { return fma(all(a), b, c); }

  // Bounds that let NaN through: pmax and pmin return their first operand when one is NaN.
  friend EIGEN_STRONG_INLINE Vec at_least(Vec a, T low) { return simd::pmax(a.p, all(low).p); }
  friend EIGEN_STRONG_INLINE Vec at_most(Vec a, T high) { return simd::pmin(a.p, all(high).p); }
  friend EIGEN_STRONG_INLINE Vec clamp(Vec a, T low, T high) {
    return at_most(at_least(a, low), high);
  }

  // The larger of both. max may drop a NaN, larger keeps it.
  friend EIGEN_STRONG_INLINE Vec max(Vec a, Vec b) { return simd::pmax(a.p, b.p); }
  friend EIGEN_STRONG_INLINE Vec larger(Vec a, Vec b) {
    return where(b == b, where(a < b, b, a), b);
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

// map(n, out, f, a, b, ...): out[i] = f(a[i], b[i], ...), packet by packet. The tail runs through
// the same packet code, so an element's bits depend neither on its position nor on its alignment.
template <typename T, typename F, typename... In>
EIGEN_STRONG_INLINE void map(Index n, T* out, F&& f, const In*... in) {
  Index i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) f(Vec<T>::load(in + i)...).store(out + i);
  if (i < n) f(Vec<T>::load_part(in + i, n - i)...).store_part(out + i, n - i);
}

}  // namespace fusedmlp
