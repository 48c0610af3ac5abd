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

  template <typename P>
  EIGEN_STRONG_INLINE void operator()(P& p, const P& g, StatePackets<T>& state) const {
    P& sum = state[0];
    sum = simd::pmadd(g, g, sum);
    const P root = simd::padd(simd::square_root(sum), simd::set(eps));
    p = simd::pmadd(simd::set(-lr), simd::pdiv(g, root), p);
  }
};

// hyper: lr_decay, eps; state: sum.
template <typename T>
OptimizerStep<T> prepare_adagrad(const StepNumbers& s) {
  return make_step<T, Adagrad<T>>(s);
}

}  // namespace fusedmlp
