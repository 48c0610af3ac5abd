// Adadelta (Zeiler 2012): steps in the units of the parameters, eps inside both roots.
#pragma once

#include "kernels/optimizers/rule.hpp"

namespace fusedmlp {

template <typename T>
struct Adadelta {
  static constexpr unsigned uses = 0b011;
  T lr, rho, one_minus_rho, eps;

  explicit Adadelta(const StepNumbers& s)
      : lr(static_cast<T>(s.lr)),
        rho(static_cast<T>(s.hyper[0])),
        one_minus_rho(static_cast<T>(1.0 - s.hyper[0])),
        eps(static_cast<T>(s.hyper[1])) {}

  EIGEN_STRONG_INLINE Vec<T> average_square(Vec<T> average, Vec<T> x) const {
    return fma(rho, average, one_minus_rho * (x * x));
  }

  EIGEN_STRONG_INLINE void operator()(Vec<T>& p, Vec<T> g, StateVecs<T>& state) const {
    Vec<T>&square_avg = state[0], &acc_delta = state[1];
    square_avg = average_square(square_avg, g);
    // Two roots: the quotient of the squares could overflow.
    const Vec<T> delta = sqrt(acc_delta + eps) / sqrt(square_avg + eps) * g;
    acc_delta = average_square(acc_delta, delta);
    p = fma(-lr, delta, p);
  }
};

// hyper: rho, eps; state: square_avg, acc_delta.
template <typename T>
OptimizerStep<T> prepare_adadelta(const StepNumbers& s) {
  return make_step<T, Adadelta<T>>(s);
}

}  // namespace fusedmlp
