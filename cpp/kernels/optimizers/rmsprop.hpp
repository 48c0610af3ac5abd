// RMSprop (Hinton 2012), eps outside the root; centered (Graves 2013) subtracts the squared mean.
#pragma once

#include "kernels/optimizers/rule.hpp"

namespace fusedmlp {

template <typename T, bool Momentum, bool Centered>
struct RMSprop {
  static constexpr unsigned uses = 0b001 | (Momentum ? 0b010 : 0) | (Centered ? 0b100 : 0);
  T lr, alpha, one_minus_alpha, eps, momentum;

  explicit RMSprop(const StepNumbers& s)
      : lr(static_cast<T>(s.lr)),
        alpha(static_cast<T>(s.hyper[0])),
        one_minus_alpha(static_cast<T>(1.0 - s.hyper[0])),
        eps(static_cast<T>(s.hyper[1])),
        momentum(static_cast<T>(s.hyper[2])) {}

  template <typename P>
  EIGEN_STRONG_INLINE void operator()(P& p, const P& g, StatePackets<T>& state) const {
    P& square_avg = state[0];
    square_avg = simd::pmadd(simd::set(alpha), square_avg,
                             simd::pmul(simd::set(one_minus_alpha), simd::pmul(g, g)));
    P variance = square_avg;
    if constexpr (Centered) {
      P& grad_avg = state[2];
      grad_avg = moving_average(grad_avg, g, simd::set(one_minus_alpha));
      // Rounding can leave a hair below zero, whose root would be NaN.
      variance =
          simd::larger(simd::set(T(0)), simd::pmadd(simd::pnegate(grad_avg), grad_avg, square_avg));
    }
    const P root = simd::padd(simd::square_root(variance), simd::set(eps));
    P direction = simd::pdiv(g, root);
    if constexpr (Momentum) {
      direction = state[1] = simd::pmadd(simd::set(momentum), state[1], direction);
    }
    p = simd::pmadd(simd::set(-lr), direction, p);
  }
};

// hyper: alpha, eps, momentum, centered; state: square_avg, velocity, grad_avg.
template <typename T>
OptimizerStep<T> prepare_rmsprop(const StepNumbers& s) {
  const bool centered = s.hyper[3] != 0.0;
  if (s.hyper[2] != 0.0) {
    return centered ? make_step<T, RMSprop<T, true, true>>(s)
                    : make_step<T, RMSprop<T, true, false>>(s);
  }
  return centered ? make_step<T, RMSprop<T, false, true>>(s)
                  : make_step<T, RMSprop<T, false, false>>(s);
}

}  // namespace fusedmlp
