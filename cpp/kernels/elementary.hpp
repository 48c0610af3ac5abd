// exp, expm1, log1p, the logistic function, tanh and the normal tail, each on the range that
// activations, softmax and losses need. Coefficients: minimax fits; how they were made and their
// errors: docs/numerics.md.
#pragma once

#include "kernels/pair.hpp"

namespace fusedmlp {

template <typename T>
struct Constants;

template <>
struct Constants<float> {
  static constexpr int mantissa_bits = 23, exponent_bias = 127;
  // Adding 1.5 * 2^mantissa_bits rounds to an integer and leaves it in the low bits.
  static constexpr float rounder = 12582912.f;
  static constexpr float log2e = 1.44269504f;
  // ln 2 in two parts; the first has 10 bits, so n * ln2_hi is exact.
  static constexpr float ln2_hi = 0.693359375f, ln2_lo = -2.12194440e-4f;
  // exp(-zero_at) rounds to 0 even among the subnormals, exp(infinite_at) to infinity;
  // expm1(-one_at) rounds to -1.
  static constexpr float zero_at = 105.f, infinite_at = 89.5f, one_at = 18.f;
  // exp keeps its scale 2^(n + lift) normal and takes 2^-lift off in one last product.
  static constexpr int lift = 40;
  static constexpr float drop = 9.094947017729282e-13f;  // 2^-40
  // (exp(r) - 1 - r - r^2/2) / r^3 on |r| <= 0.35
  static constexpr float exp_tail[] = {0.1666653973f, 0.04166639431f, 0.008367089105f,
                                       0.001394154755f};
  // (2 atanh(s)/s - 2) / s^2 in s^2 <= 1/9
  static constexpr float atanh_tail[] = {0.6666641329f, 0.4002169281f, 0.279992031f, 0.2802429521f};
  // exp(a^2/2) (1 - Phi(a)) = v / (sqrt(2 pi) a v + u) for 0 <= a <= tail_end, v and u polynomials
  // of a: for a small a the first terms count, for a large one u hardly does, so little of their
  // rounding is left. The common factor 1.5 puts the first terms where rounding takes least.
  static constexpr float tail_end = 15.f, root_2pi = 2.50662827f;
  static constexpr float tail_v[] = {0.7499999995f, 0.8145476375f,  0.4248020263f,
                                     0.1282566244f, 0.02242133597f, 0.001875241979f};
  static constexpr float tail_u[] = {1.5f, 0.9459508256f, 0.3125966418f, 0.0561788345f,
                                     0.004700994424f};
};

template <>
struct Constants<double> {
  static constexpr int mantissa_bits = 52, exponent_bias = 1023;
  static constexpr double rounder = 6755399441055744.0;
  static constexpr double log2e = 1.44269504088896340736;
  static constexpr double ln2_hi = 6.93147180369123816490e-01, ln2_lo = 1.90821492927058770002e-10;
  static constexpr double zero_at = 748.0, infinite_at = 710.0, one_at = 40.0;
  static constexpr int lift = 100;
  static constexpr double drop = 7.888609052210118e-31;  // 2^-100
  static constexpr double exp_tail[] = {0.166666666666666765,    0.0416666666666666904,
                                        0.00833333333332162241,  0.00138888888888698483,
                                        0.000198412698862066036, 0.0000248015873567246456,
                                        2.75572440817870595e-6,  2.75572450618932402e-7,
                                        2.51090947978141076e-8,  2.09239143261044089e-9};
  static constexpr double atanh_tail[] = {
      0.666666666666663041,  0.400000000001571685, 0.285714285478616522, 0.222222239693145609,
      0.181817439379264676,  0.153865596732152535, 0.133009765861861879, 0.121060643176701224,
      0.0834019086377376814, 0.170184198360214955};
  // h(t) - 1/4 in t - tail_centre, where exp(a^2/2) (1 - Phi(a)) = t h(t), t = 1 / (1 + a/4) and 0
  // <= a <= tail_end
  static constexpr double tail_end = 39.0, tail_centre = 0.662109375;
  static constexpr double normal_tail[] = {
      0.0000295704544337639843, 0.463157036233005663,    0.608529312576650145,
      0.539641468344025979,     0.261563111988655606,    -0.0181773662905271766,
      -0.0989637253408858839,   -0.0170888707353505953,  0.0401974062929556338,
      0.00830392968992191895,   -0.0203074578058042961,  -0.000812142841924017599,
      0.0111340546121100119,    -0.00307545378304265883, -0.00527340210861007769,
      0.0041626512624530604,    0.000957665897504785558, -0.00345129407385031854,
      0.00225650046802116469,   0.00306831931371026007,  -0.00317931340397934001,
      -0.00429710507472298674,  -0.0012547362013771416};
};

// What x / ln 2 is added to: rounds it to an integer n in the low mantissa bits, to which it adds
// the exponent's bias and the lift, so that one shift makes the power of two 2^(n + lift).
template <typename T>
constexpr T shifter(int lift) {
  return Constants<T>::rounder + T(Constants<T>::exponent_bias + lift);
}

// n = round(x / ln 2), the scale 2^(n + lift), and exp(x - n ln 2 + lo) - 1; lo may be left out.
template <typename T>
struct ReducedExp {
  Vec<T> scale, expm1;
};

template <typename T, typename Shifter, typename... Lo>
EIGEN_STRONG_INLINE ReducedExp<T> reduced_exp(Vec<T> x, Shifter shifter, Lo... lo) {
  using C = Constants<T>;
  const Vec<T> shifted = fma(x, C::log2e, shifter), n = shifted - shifter;
  const Vec<T> r = (fma(n, -C::ln2_lo, fma(n, -C::ln2_hi, x)) + ... + lo);
  const Vec<T> half_plus = fma(polynomial(r, C::exp_tail), r, T(0.5));
  return {shift_bits_left<C::mantissa_bits>(shifted), fma(r * r, half_plus, r)};
}

// exp(x + lo) for x <= 0, with gradual underflow.
template <typename T, typename... Lo>
EIGEN_STRONG_INLINE Vec<T> exp_of_negative(Vec<T> x, Lo... lo) {
  using C = Constants<T>;
  const ReducedExp<T> e = reduced_exp(at_least(x, -C::zero_at), shifter<T>(C::lift), lo...);
  return fma(e.scale, e.expm1, e.scale) * C::drop;
}

// exp(x) for any x. One lift would not do: the scale is lifted for x < 0 and lowered for x > 0.
template <typename T>
EIGEN_STRONG_INLINE Vec<T> exp(Vec<T> x) {
  using C = Constants<T>;
  const auto negative = x < T(0);
  const ReducedExp<T> e = reduced_exp(clamp(x, -C::zero_at, C::infinite_at),
                                      where(negative, shifter<T>(C::lift), shifter<T>(-C::lift)));
  return fma(e.scale, e.expm1, e.scale) * where(negative, C::drop, 1 / C::drop);
}

// exp(x) - 1 for x <= 0, accurate near 0.
template <typename T>
EIGEN_STRONG_INLINE Vec<T> expm1_of_negative(Vec<T> x) {
  const ReducedExp<T> e = reduced_exp(at_least(x, -Constants<T>::one_at), shifter<T>(0));
  return fma(e.scale, e.expm1, e.scale - T(1));
}

// log(1 + t) for 0 <= t <= 1: 2 atanh(s) with s = t / (2 + t), written as t minus a small part.
template <typename T>
EIGEN_STRONG_INLINE Vec<T> log1p_of_unit(Vec<T> t) {
  const Vec<T> s = t / (t + T(2)), z = s * s;
  return t - s * (t - z * polynomial(z, Constants<T>::atanh_tail));
}

// log(1 + u) for any u >= 0; the second term is what rounding 1 + u lost.
EIGEN_STRONG_INLINE Vec<double> log1p_of_positive(Vec<double> u) {
  const Vec<double> w = 1.0 + u, lost = u - (w - 1.0);
  return log(w) + lost / w;
}

// The logistic function 1 / (1 + exp(-x)) and its companion, both from e = exp(-|x|).
template <typename T>
struct Logistic {
  Vec<T> value;       // 1 / (1 + exp(-x))
  Vec<T> derivative;  // value * (1 - value), without the subtraction
};

template <typename T>
EIGEN_STRONG_INLINE Vec<T> exp_of_minus_abs(Pair<T> x) {
  return exp_of_negative(minus_abs(x.hi), where(x.hi < T(0), x.lo, -x.lo));
}

template <typename T>
EIGEN_STRONG_INLINE Logistic<T> logistic_from(Vec<T> x, Vec<T> e) {
  const Vec<T> q = T(1) / (T(1) + e), small = e * q;
  return {where(x < T(0), small, q), small * q};
}

template <typename T>
EIGEN_STRONG_INLINE Logistic<T> logistic(Vec<T> x) {
  return logistic_from(x, exp_of_negative(minus_abs(x)));
}

template <typename T>
EIGEN_STRONG_INLINE Vec<T> sigmoid(Vec<T> x) {
  const Vec<T> e = exp_of_negative(minus_abs(x));
  return where(x < T(0), e, T(1)) / (T(1) + e);
}

template <typename T>
EIGEN_STRONG_INLINE Vec<T> tanh(Vec<T> x) {
  const Vec<T> m = expm1_of_negative(T(-2) * abs(x));
  return with_sign((T(0) - m) / (m + T(2)), x);
}

// R(a) = exp(a^2/2) (1 - Phi(a)) for the standard normal Phi and 0 <= a <= tail_end, and a R(a).
EIGEN_STRONG_INLINE Vec<float> mills_ratio(Vec<float> a) {
  using C = Constants<float>;
  const Vec<float> v = polynomial(a, C::tail_v);
  return v / fma(a * v, C::root_2pi, polynomial(a, C::tail_u));
}

EIGEN_STRONG_INLINE Vec<float> times_mills_ratio(Vec<float> a) {
  using C = Constants<float>;
  const Vec<float> av = a * polynomial(a, C::tail_v);
  return av / fma(av, C::root_2pi, polynomial(a, C::tail_u));
}

EIGEN_STRONG_INLINE Vec<double> mills_ratio(Vec<double> a) {
  using C = Constants<double>;
  // t = 1 / (1 + q), then what rounding took from it: each step from a plain t would add an ulp.
  const Vec<double> q = a * 0.25, t = 1.0 / (q + 1.0);
  const Pair<double> rest = one_minus_product(t, q);
  const Vec<double> t_lo = t * ((rest.hi - t) + rest.lo);
  const Vec<double> h = polynomial((t - C::tail_centre) + t_lo, C::normal_tail);
  return fma(t, 0.25, fma(t, h, t_lo * (h + 0.25)));
}

EIGEN_STRONG_INLINE Pair<double> times_mills_ratio(Vec<double> a) {
  return exact_product(a, mills_ratio(a));
}

// exp(-a^2/2) for 0 <= a <= tail_end. The rounding error of a^2 would be magnified by a^2 / 2: it
// is carried along.
template <typename T>
EIGEN_STRONG_INLINE ReducedExp<T> reduced_normal_density(Vec<T> a) {
  const Pair<T> exponent = exact_product(a * T(-0.5), a);
  return reduced_exp(exponent.hi, shifter<T>(Constants<T>::lift), exponent.lo);
}

// w * exp(-a^2/2), w in one or in two parts.
template <typename T>
EIGEN_STRONG_INLINE Vec<T> times_normal_density(Vec<T> w, Vec<T> a) {
  const ReducedExp<T> e = reduced_normal_density(a);
  return fma(w, e.expm1, w) * e.scale * Constants<T>::drop;
}

template <typename T>
EIGEN_STRONG_INLINE Vec<T> times_normal_density(Pair<T> w, Vec<T> a) {
  const ReducedExp<T> e = reduced_normal_density(a);
  return (w.hi + fma(w.hi, e.expm1, w.lo)) * e.scale * Constants<T>::drop;
}

}  // namespace fusedmlp
