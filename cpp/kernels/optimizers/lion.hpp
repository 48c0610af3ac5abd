// Lion (Chen et al. 2023): p -= lr sign(beta1 m + (1 - beta1) g), then m = beta2 m + (1 - beta2) g;
// weight decay is decoupled.
#pragma once

#include "kernels/optimizers/rule.hpp"

namespace fusedmlp {

template <typename T>
struct Lion {
  static constexpr unsigned uses = 0b001;
  T lr, one_minus_beta1, one_minus_beta2;

  explicit Lion(const StepNumbers& s)
      : lr(static_cast<T>(s.lr)),
        one_minus_beta1(static_cast<T>(1.0 - s.hyper[0])),
        one_minus_beta2(static_cast<T>(1.0 - s.hyper[1])) {}

  EIGEN_STRONG_INLINE void operator()(Vec<T>& p, Vec<T> g, StateVecs<T>& state) const {
    Vec<T>& m = state[0];
    p = fma(-lr, sign(moving_average(m, g, one_minus_beta1)), p);
    m = moving_average(m, g, one_minus_beta2);
  }
};

// hyper: beta1, beta2; state: m.
template <typename T>
OptimizerStep<T> prepare_lion(const StepNumbers& s) {
  return make_step<T, Lion<T>>(s, true);
}

}  // namespace fusedmlp
