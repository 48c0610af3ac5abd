// One short functor per element-wise loss: from the prediction x and the target t the loss and its
// derivative by x. Formulas: docs/numerics.md, "Losses".
#pragma once

#include "kernels/elementary.hpp"

namespace fusedmlp {

template <typename T>
struct LossAndSlope {
  Vec<T> loss, slope;
};

template <typename T>
struct Mse {
  explicit Mse(const double*) {}
  EIGEN_STRONG_INLINE LossAndSlope<T> operator()(Vec<T> x, Vec<T> t) const {
    const Vec<T> d = x - t;
    return {d * d, d + d};
  }
};

template <typename T>
struct Mae {
  explicit Mae(const double*) {}
  EIGEN_STRONG_INLINE LossAndSlope<T> operator()(Vec<T> x, Vec<T> t) const {
    const Vec<T> d = x - t;
    return {abs(d), sign(d)};
  }
};

// With c = d cut to [-delta, delta]: |c| (|d| - |c|/2) is d^2/2 inside and linear outside.
template <typename T>
struct Huber {
  T delta;
  explicit Huber(const double* params) : delta(T(params[0])) {}
  EIGEN_STRONG_INLINE LossAndSlope<T> operator()(Vec<T> x, Vec<T> t) const {
    const Vec<T> d = x - t, c = clamp(d, -delta, delta), size = abs(c);
    return {size * fma(size, T(-0.5), abs(d)), c};
  }
};

// log(cosh d). Near 0 through cosh d - 1 = m^2 / (2 (1 + m)) with m = exp(-|d|) - 1, elsewhere
// |d| + log1p(exp(-2|d|)) - log 2: neither cancels where it is used.
template <typename T>
struct LogCosh {
  explicit LogCosh(const double*) {}
  EIGEN_STRONG_INLINE LossAndSlope<T> operator()(Vec<T> x, Vec<T> t) const {
    constexpr T log_2 = T(0.693147180559945309417);
    const Vec<T> d = x - t, size = abs(d);
    const Vec<T> m = expm1_of_negative(minus_abs(d)), e = T(1) + m, e2 = e * e;
    const auto small = size < T(1);
    const Vec<T> log = log1p_of_unit(where(small, m * m / (e + e), e2));
    const Vec<T> tanh = m * (T(2) + m) / (T(1) + e2);
    return {log + where(small, T(0), size - log_2), where(d < T(0), tanh, -tanh)};
  }
};

// exp(x) - t x; t = 0 counts no x at all, not even an infinite one.
template <typename T>
struct PoissonNll {
  explicit PoissonNll(const double*) {}
  EIGEN_STRONG_INLINE LossAndSlope<T> operator()(Vec<T> x, Vec<T> t) const {
    const Vec<T> rate = exp(x);
    return {rate - where(t == T(0), T(0), t * x), rate - t};
  }
};

// max(x, 0) - x t + log1p(exp(-|x|)), written c |x| + log1p(exp(-|x|)) with c = 1 - t for x >= 0
// and t for x < 0: no cancellation for a confident right answer, nor in sigmoid(x) - t.
template <typename T>
struct BinaryCrossEntropy {
  explicit BinaryCrossEntropy(const double*) {}
  EIGEN_STRONG_INLINE LossAndSlope<T> operator()(Vec<T> x, Vec<T> t) const {
    const auto negative = x < T(0);
    const Vec<T> c = where(negative, t, T(1) - t);
    const Vec<T> e = exp_of_negative(minus_abs(x));
    const Vec<T> slope = c - e / (T(1) + e);
    return {where(c == T(0), T(0), c * abs(x)) + log1p_of_unit(e), where(negative, -slope, slope)};
  }
};

template <typename T>
struct Hinge {
  explicit Hinge(const double*) {}
  EIGEN_STRONG_INLINE LossAndSlope<T> operator()(Vec<T> x, Vec<T> t) const {
    const Vec<T> margin = T(1) - t * x;
    const auto met = margin <= T(0);
    return {where(met, T(0), margin), where(met, T(0), -t)};
  }
};

// d = t - x: q d above the prediction, (q - 1) d below it; 0 where they meet. q has a value for
// each column.
template <typename T>
struct Quantile {
  EIGEN_STRONG_INLINE LossAndSlope<T> operator()(Vec<T> x, Vec<T> t, Vec<T> q) const {
    const Vec<T> d = x - t;
    const Vec<T> slope = where(d > T(0), T(1) - q, where(d < T(0), -q, d));
    return {where(d == T(0), T(0), slope * d), slope};
  }
};

}  // namespace fusedmlp
