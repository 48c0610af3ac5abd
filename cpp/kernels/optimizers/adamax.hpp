// Adamax (Kingma & Ba 2015, section 7.1): u = max(beta2 u, |g| + eps), p -= lr / (1 - beta1^t) m /
// u.
#pragma once

#include "kernels/optimizers/adam.hpp"

namespace fusedmlp {

template <typename T>
struct Adamax {
  static constexpr unsigned uses = 0b011;
  T rate, one_minus_beta1, beta2, eps;

  explicit Adamax(const StepNumbers& s)
      : rate(static_cast<T>(s.lr / bias_correction(s.hyper[0], s.step))),
        one_minus_beta1(static_cast<T>(1.0 - s.hyper[0])),
        beta2(static_cast<T>(s.hyper[1])),
        eps(static_cast<T>(s.hyper[2])) {}

  EIGEN_STRONG_INLINE void operator()(Vec<T>& p, Vec<T> g, StateVecs<T>& state) const {
    Vec<T>&m = state[0], &u = state[1];
    m = moving_average(m, g, one_minus_beta1);
    u = larger(beta2 * u, abs(g) + eps);
    p = fma(-rate, m / u, p);
  }
};

// hyper: beta1, beta2, eps; state: m, u.
template <typename T>
OptimizerStep<T> prepare_adamax(const StepNumbers& s) {
  return make_step<T, Adamax<T>>(s);
}

}  // namespace fusedmlp
