// One short functor per activation: forward(x), derivative(x) and, where the output is enough,
// derivative_from_output(y). Formulas: docs/numerics.md, "Activations".
#pragma once

#include "kernels/elementary.hpp"

namespace fusedmlp {

template <typename T>
struct NoParams {
  explicit NoParams(const double*) {}
};

template <typename T>
struct Identity : NoParams<T> {
  using NoParams<T>::NoParams;
  Vec<T> forward(Vec<T> x) const { return x; }
  Vec<T> derivative(Vec<T>) const { return Vec<T>::all(1); }
  Vec<T> derivative_from_output(Vec<T>) const { return Vec<T>::all(1); }
};

template <typename T>
struct Sigmoid : NoParams<T> {
  using NoParams<T>::NoParams;
  Vec<T> forward(Vec<T> x) const { return sigmoid(x); }
  Vec<T> derivative(Vec<T> x) const { return logistic(x).derivative; }
  Vec<T> derivative_from_output(Vec<T> y) const { return y * (T(1) - y); }
};

template <typename T>
struct Tanh : NoParams<T> {
  using NoParams<T>::NoParams;
  Vec<T> forward(Vec<T> x) const { return tanh(x); }
  Vec<T> derivative(Vec<T> x) const { return T(4) * logistic(T(2) * x).derivative; }
  Vec<T> derivative_from_output(Vec<T> y) const { return (T(1) - y) * (T(1) + y); }
};

template <typename T>
struct Relu : NoParams<T> {
  using NoParams<T>::NoParams;
  Vec<T> forward(Vec<T> x) const { return at_least(x, T(0)); }
  Vec<T> derivative(Vec<T> x) const { return where(x <= T(0), T(0), T(1)); }
  Vec<T> derivative_from_output(Vec<T> y) const { return derivative(y); }
};

template <typename T>
struct LeakyRelu {
  T slope, low;
  // With slope 0 the limit at -inf is 0, not inf * 0.
  explicit LeakyRelu(const double* params)
      : slope(T(params[0])),
        low(slope == 0 ? std::numeric_limits<T>::lowest() : -std::numeric_limits<T>::infinity()) {}
  Vec<T> forward(Vec<T> x) const { return where(x > T(0), x, slope * at_least(x, low)); }
  Vec<T> derivative(Vec<T> x) const { return where(x > T(0), T(1), slope); }
  Vec<T> derivative_from_output(Vec<T> y) const { return derivative(y); }
};

template <typename T>
struct Elu {
  T alpha;
  explicit Elu(const double* params) : alpha(T(params[0])) {}
  Vec<T> forward(Vec<T> x) const {
    return at_least(x, T(0)) + alpha * expm1_of_negative(at_most(x, T(0)));
  }
  Vec<T> derivative(Vec<T> x) const {
    return where(x > T(0), T(1), alpha * exp_of_negative(at_most(x, T(0))));
  }
  Vec<T> derivative_from_output(Vec<T> y) const { return where(y > T(0), T(1), y + alpha); }
};

template <typename T>
struct Selu : NoParams<T> {
  using NoParams<T>::NoParams;
  static constexpr T scale = T(1.0507009873554804934193349852946);
  static constexpr T scale_alpha = T(1.7580993408473768599402175208123);
  Vec<T> forward(Vec<T> x) const {
    return scale * at_least(x, T(0)) + scale_alpha * expm1_of_negative(at_most(x, T(0)));
  }
  Vec<T> derivative(Vec<T> x) const {
    return where(x > T(0), scale, scale_alpha * exp_of_negative(at_most(x, T(0))));
  }
  Vec<T> derivative_from_output(Vec<T> y) const { return where(y > T(0), scale, y + scale_alpha); }
};

template <typename T>
struct Celu {
  T alpha;
  explicit Celu(const double* params) : alpha(T(params[0])) {}
  Vec<T> forward(Vec<T> x) const {
    return at_least(x, T(0)) + alpha * expm1_of_negative(at_most(x, T(0)) / alpha);
  }
  Vec<T> derivative(Vec<T> x) const {
    return where(x > T(0), T(1), exp_of_negative(at_most(x, T(0)) / alpha));
  }
  Vec<T> derivative_from_output(Vec<T> y) const { return where(y > T(0), T(1), y / alpha + T(1)); }
};

template <typename T>
struct Softplus {
  T beta, beta_lo, inverse, end;
  // exp magnifies the rounding of beta * x, so beta and the product are carried in two parts.
  explicit Softplus(const double* params)
      : beta(T(params[0])),
        beta_lo(T(params[0] - double(beta))),
        inverse(T(1 / params[0])),
        end(Constants<T>::zero_at * T(1.05) / beta) {}
  Pair<T> scaled(Vec<T> x) const {
    const Vec<T> bounded = clamp(x, -end, end);
    const Pair<T> z = exact_product(bounded, Vec<T>::all(beta));
    return {z.hi, fma(bounded, beta_lo, z.lo)};
  }
  Vec<T> forward(Vec<T> x) const {
    return at_least(x, T(0)) + inverse * log1p_of_unit(exp_of_minus_abs(scaled(x)));
  }
  Vec<T> derivative(Vec<T> x) const { return logistic_from(x, exp_of_minus_abs(scaled(x))).value; }
  Vec<T> derivative_from_output(Vec<T> y) const { return -expm1_of_negative(-beta * y); }
};

template <typename T>
struct Softsign : NoParams<T> {
  using NoParams<T>::NoParams;
  Vec<T> forward(Vec<T> x) const {
    // The bound turns inf / inf into 1.
    const Vec<T> a = at_most(abs(x), std::numeric_limits<T>::max());
    return with_sign(a / (a + T(1)), x);
  }
  Vec<T> derivative(Vec<T> x) const {
    const Vec<T> q = T(1) / (abs(x) + T(1));
    return q * q;
  }
  Vec<T> derivative_from_output(Vec<T> y) const {
    const Vec<T> q = T(1) - abs(y);
    return q * q;
  }
};

template <typename T>
struct Gelu : NoParams<T> {
  using NoParams<T>::NoParams;
  using C = Constants<T>;
  // x Phi(x) = max(x, 0) - |x| Phi(-|x|): nothing cancels for x < 0, and little for x > 0.
  Vec<T> forward(Vec<T> x) const {
    const Vec<T> a = at_most(abs(x), C::tail_end);
    return at_least(x, T(0)) - times_normal_density(times_mills_ratio(a), a);
  }
  // Phi(x) + x phi(x); both terms of the tail share the factor exp(-x^2/2).
  Vec<T> derivative(Vec<T> x) const {
    const Vec<T> a = at_most(abs(x), C::tail_end);
    const Vec<T> ratio = fma(a, T(-0.39894228040143267794), mills_ratio(a));
    const Vec<T> part = times_normal_density(ratio, a);
    return where(x < T(0), part, T(1) - part);
  }
};

template <typename T>
struct GeluTanh : NoParams<T> {
  using NoParams<T>::NoParams;
  static constexpr T end = sizeof(T) == 4 ? T(12) : T(24);
  static constexpr long double c1 = 1.5957691216057307117597842397375L;  // sqrt(8 / pi)
  static constexpr long double c3 = c1 * 0.044715L;
  // 0.5 (1 + tanh(u)) is the logistic function of z = 2 u = c1 x + c3 x^3. exp magnifies an error
  // of z by up to |z|, so z is carried in two parts.
  static Pair<T> argument(Vec<T> x) {
    constexpr T c1_hi = T(c1), c1_lo = T(c1 - c1_hi);
    constexpr T c3_hi = T(c3), c3_lo = T(c3 - c3_hi);
    const Pair<T> square = exact_product(x, x);
    const Pair<T> cubic = exact_product(square.hi, Vec<T>::all(c3_hi));
    const Pair<T> sum = exact_sum(cubic.hi, Vec<T>::all(c1_hi));
    const Vec<T> rest = fma(square.lo, c3_hi, fma(square.hi, c3_lo, cubic.lo)) + c1_lo;
    const Pair<T> z = exact_product(x, sum.hi);
    return {z.hi, fma(x, sum.lo + rest, z.lo)};
  }
  Vec<T> forward(Vec<T> x) const {
    const Vec<T> bounded = clamp(x, -end, end), e = exp_of_minus_abs(argument(bounded));
    return where(x < T(0), bounded * e, x) / (e + T(1));
  }
  Vec<T> derivative(Vec<T> x) const {
    const Vec<T> bounded = clamp(x, -end, end);
    const Logistic<T> s = logistic_from(x, exp_of_minus_abs(argument(bounded)));
    const Vec<T> slope = fma(bounded * bounded, T(3 * c3), T(c1));
    return fma(bounded * slope, s.derivative, s.value);
  }
};

template <typename T>
struct Silu : NoParams<T> {
  using NoParams<T>::NoParams;
  using C = Constants<T>;
  Vec<T> forward(Vec<T> x) const {
    const Vec<T> low = at_least(x, -C::zero_at), e = exp_of_negative(minus_abs(low));
    return where(x < T(0), low * e, x) / (e + T(1));
  }
  Vec<T> derivative(Vec<T> x) const {
    const Vec<T> bounded = clamp(x, -C::zero_at, C::zero_at);
    const Logistic<T> s = logistic(bounded);
    return fma(bounded, s.derivative, s.value);
  }
};

template <typename T>
struct Mish : NoParams<T> {
  using NoParams<T>::NoParams;
  using C = Constants<T>;
  // tanh(log(1 + e^x)) = n / (n + d), both scaled by e^-2x for x > 0 so that neither overflows; t
  // = exp(-|x|).
  Vec<T> forward(Vec<T> x) const {
    const Vec<T> low = at_least(x, -C::zero_at), t = exp_of_negative(minus_abs(low));
    const auto negative = x < T(0);
    const Vec<T> n = where(negative, fma(t, t, t + t), t + t + T(1));
    const Vec<T> d = where(negative, Vec<T>::all(2), T(2) * t * t);
    return low * n / (n + d);
  }
  Vec<T> derivative(Vec<T> x) const {
    const Vec<T> bounded = clamp(x, -C::zero_at, C::zero_at),
                 t = exp_of_negative(minus_abs(bounded));
    const auto negative = x < T(0);
    const Vec<T> n = where(negative, fma(t, t, t + t), t + t + T(1));
    const Vec<T> q = T(1) / (n + where(negative, Vec<T>::all(2), T(2) * t * t));
    const Vec<T> slope = T(4) * t * where(negative, t + T(1), fma(t, t, t));
    return (n + bounded * slope * q) * q;
  }
};

template <typename T>
struct Hardtanh {
  T low, high;
  explicit Hardtanh(const double* params) : low(T(params[0])), high(T(params[1])) {}
  Vec<T> forward(Vec<T> x) const { return clamp(x, low, high); }
  Vec<T> derivative(Vec<T> x) const { return where((x > low) & (x < high), T(1), T(0)); }
  Vec<T> derivative_from_output(Vec<T> y) const { return derivative(y); }
};

template <typename T>
struct Relu6 : NoParams<T> {
  using NoParams<T>::NoParams;
  Vec<T> forward(Vec<T> x) const { return clamp(x, T(0), T(6)); }
  Vec<T> derivative(Vec<T> x) const { return where((x > T(0)) & (x < T(6)), T(1), T(0)); }
  Vec<T> derivative_from_output(Vec<T> y) const { return derivative(y); }
};

template <typename T>
struct Hardsigmoid : NoParams<T> {
  using NoParams<T>::NoParams;
  static constexpr T sixth = T(1.0 / 6);
  Vec<T> forward(Vec<T> x) const { return clamp(x + T(3), T(0), T(6)) * sixth; }
  Vec<T> derivative(Vec<T> x) const { return where((x > T(-3)) & (x < T(3)), sixth, T(0)); }
  Vec<T> derivative_from_output(Vec<T> y) const {
    return where((y > T(0)) & (y < T(1)), sixth, T(0));
  }
};

template <typename T>
struct Hardswish : NoParams<T> {
  using NoParams<T>::NoParams;
  Vec<T> forward(Vec<T> x) const {
    const Vec<T> low = at_least(x, T(-3));
    return low * (at_most(low + T(3), T(6)) * T(1.0 / 6));
  }
  Vec<T> derivative(Vec<T> x) const {
    const Vec<T> inside = fma(x, T(1.0 / 3), T(0.5));
    return where(x <= T(-3), T(0), where(x < T(3), inside, T(1)));
  }
};

}  // namespace fusedmlp
