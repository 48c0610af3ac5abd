// NAdam (Dozat 2016): Adam with Nesterov momentum whose strength mu_t grows with the steps.
#pragma once

#include "kernels/optimizers/adam.hpp"

namespace fusedmlp {

template <typename T>
struct NAdam {
  static constexpr unsigned uses = 0b011;
  Moments<T> moments;
  T grad_rate, mean_rate, root_scale, eps;

  explicit NAdam(const StepNumbers& s)
      : moments(s.hyper),
        root_scale(static_cast<T>(1.0 / std::sqrt(bias_correction(s.hyper[1], s.step)))),
        eps(static_cast<T>(s.hyper[2])) {
    const auto mu_of = [&](std::int64_t step) {
      return s.hyper[0] * (1.0 - 0.5 * std::pow(0.96, static_cast<double>(step) * s.hyper[3]));
    };
    const double mu = mu_of(s.step), mu_next = mu_of(s.step + 1);
    const double product = *s.scalar_state *= mu;
    grad_rate = static_cast<T>(s.lr * (1.0 - mu) / (1.0 - product));
    mean_rate = static_cast<T>(s.lr * mu_next / (1.0 - product * mu_next));
  }

  EIGEN_STRONG_INLINE void operator()(Vec<T>& p, Vec<T> g, StateVecs<T>& state) const {
    Vec<T>&m = state[0], &v = state[1];
    moments.update(g, m, v);
    p = p - fma(mean_rate, m, grad_rate * g) / fma(sqrt(v), root_scale, eps);
  }
};

// hyper: beta1, beta2, eps, momentum_decay, decoupled_weight_decay; state: m, v; scalar:
// mu_product.
template <typename T>
OptimizerStep<T> prepare_nadam(const StepNumbers& s) {
  return make_step<T, NAdam<T>>(s, s.hyper[4] != 0.0);
}

}  // namespace fusedmlp
