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

  EIGEN_STRONG_INLINE void operator()(Vec<T>& p, Vec<T> g, StateVecs<T>& state) const {
    Vec<T>&square_avg = state[0], &velocity = state[1], &grad_avg = state[2];
    square_avg = fma(alpha, square_avg, one_minus_alpha * (g * g));
    Vec<T> variance = square_avg;
    if constexpr (Centered) {
      grad_avg = moving_average(grad_avg, g, one_minus_alpha);
      // Rounding can leave a hair below zero, whose root would be NaN.
      variance = larger(Vec<T>::all(0), fma(-grad_avg, grad_avg, square_avg));
    }
    Vec<T> direction = g / (sqrt(variance) + eps);
    if constexpr (Momentum) direction = velocity = fma(momentum, velocity, direction);
    p = fma(-lr, direction, p);
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
