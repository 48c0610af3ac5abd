// Adagrad (Duchi et al. 2011): sum += g^2, p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(sum) + eps).
#pragma once

#include "kernels/optimizers/rule.hpp"

namespace fusedmlp {

template <typename T>
struct Adagrad {
  static constexpr unsigned uses = 0b001;
  T lr, eps;

  explicit Adagrad(const StepNumbers& s)
      : lr(static_cast<T>(s.lr / (1.0 + static_cast<double>(s.step - 1) * s.hyper[0]))),
        eps(static_cast<T>(s.hyper[1])) {}

  EIGEN_STRONG_INLINE void operator()(Vec<T>& p, Vec<T> g, StateVecs<T>& state) const {
    Vec<T>& sum = state[0];
    sum = fma(g, g, sum);
    p = fma(-lr, g / (sqrt(sum) + eps), p);
  }
};

// hyper: lr_decay, eps; state: sum.
template <typename T>
OptimizerStep<T> prepare_adagrad(const StepNumbers& s) {
  return make_step<T, Adagrad<T>>(s);
}

}  // namespace fusedmlp
