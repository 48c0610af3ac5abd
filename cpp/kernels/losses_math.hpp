// What the losses need of exp, expm1 and log1p, as packets: exact limits, NaN kept, about 1 ulp.
#pragma once

#include "kernels/simd.hpp"

namespace fusedmlp::loss_math {

// Taylor terms 1/2!, 1/3!, ... of (exp(r) - 1 - r) / r^2: |r| <= log(2)/2 needs no better
// polynomial.
inline constexpr double kExpTerms[] = {1.0 / 2,        1.0 / 6,           1.0 / 24,
                                       1.0 / 120,      1.0 / 720,         1.0 / 5040,
                                       1.0 / 40320,    1.0 / 362880,      1.0 / 3628800,
                                       1.0 / 39916800, 1.0 / 479001600.0, 1.0 / 6227020800.0};
// (atanh(s) / s - 1) / s^2 = 1/3 + s^2/5 + s^4/7 + ...
inline constexpr double kAtanhTerms[] = {1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11,
                                         1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21};
inline constexpr double kLog2 = 0.693147180559945309417;

template <typename T>
struct Constants;

// log(2) in two parts, the first short enough that n * log2_high is exact; the range of exp's
// result.
template <>
struct Constants<float> {
  static constexpr float log2_high = 0.693359375f, log2_low = -2.12194440e-4f;
  static constexpr float lowest = -105.0f, highest = 89.5f;
  static constexpr int exp_terms = 6, atanh_terms = 5;
};

template <>
struct Constants<double> {
  static constexpr double log2_high = 6.93147180369123816490e-01;
  static constexpr double log2_low = 1.90821492927058770002e-10;
  static constexpr double lowest = -746.0, highest = 710.0;
  static constexpr int exp_terms = 12, atanh_terms = 10;
};

template <typename T, int N>
EIGEN_STRONG_INLINE Packet<T> polynomial(const Packet<T>& x, const double* terms) {
  Packet<T> sum = simd::set(static_cast<T>(terms[N - 1]));
#pragma GCC unroll 16
  for (int k = N - 2; k >= 0; --k) sum = simd::pmadd(sum, x, simd::set(static_cast<T>(terms[k])));
  return sum;
}

// x = n log(2) + r, |r| <= log(2)/2; returns exp(r) - 1.
template <typename T>
EIGEN_STRONG_INLINE Packet<T> reduced_expm1(Packet<T> x, Packet<T>& n) {
  using C = Constants<T>;
  // pselect and not pmin/pmax: those drop NaN.
  x = simd::pselect(simd::pcmp_lt(x, simd::set(C::lowest)), simd::set(C::lowest), x);
  x = simd::pselect(simd::pcmp_lt(simd::set(C::highest), x), simd::set(C::highest), x);
  n = simd::pfloor(simd::pmadd(x, simd::set(static_cast<T>(1 / kLog2)), simd::set(T(0.5))));
  Packet<T> r = simd::pmadd(n, simd::set(-C::log2_high), x);
  r = simd::pmadd(n, simd::set(-C::log2_low), r);
  return simd::pmadd(simd::pmul(r, r), polynomial<T, C::exp_terms>(r, kExpTerms), r);
}

template <typename T>
EIGEN_STRONG_INLINE Packet<T> exp(const Packet<T>& x) {
  Packet<T> n;
  const Packet<T> p = reduced_expm1<T>(x, n);
  return simd::pldexp(simd::padd(simd::set(T(1)), p), n);
}

template <typename T>
EIGEN_STRONG_INLINE Packet<T> expm1(const Packet<T>& x) {
  Packet<T> n;
  const Packet<T> p = reduced_expm1<T>(x, n);
  const Packet<T> scale = simd::pldexp(simd::set(T(1)), n);
  return simd::pmadd(scale, p, simd::psub(scale, simd::set(T(1))));
}

// log(1 + u) for u in [0, 1], as 2 atanh(s) with |s| <= 0.172, upper half relative to log(2).
template <typename T>
EIGEN_STRONG_INLINE Packet<T> log1p(const Packet<T>& u) {
  const Packet<T> one = simd::set(T(1)), two = simd::set(T(2));
  const Packet<T> upper = simd::pcmp_lt(simd::set(T(0.41421356)), u);
  const Packet<T> top = simd::psub(u, simd::pand(upper, one));
  const Packet<T> bottom = simd::padd(u, simd::padd(two, simd::pand(upper, one)));
  const Packet<T> s = simd::pdiv(top, bottom);
  const Packet<T> s2 = simd::pmul(s, s);
  const Packet<T> tail = simd::pmul(s2, polynomial<T, Constants<T>::atanh_terms>(s2, kAtanhTerms));
  const Packet<T> twice = simd::pmul(two, s);
  const Packet<T> sum = simd::pmadd(twice, tail, twice);
  return simd::padd(sum, simd::pand(upper, simd::set(static_cast<T>(kLog2))));
}

// log(1 + u) for any u >= 0; the second term is what rounding 1 + u lost.
EIGEN_STRONG_INLINE Packet<double> log1p_above(const Packet<double>& u) {
  const Packet<double> one = simd::set(1.0), w = simd::padd(one, u);
  const Packet<double> lost = simd::psub(u, simd::psub(w, one));
  return simd::padd(simd::plog(w), simd::pdiv(lost, w));
}

}  // namespace fusedmlp::loss_math
