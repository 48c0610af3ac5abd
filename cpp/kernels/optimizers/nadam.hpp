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

  template <typename P>
  EIGEN_STRONG_INLINE void operator()(P& p, const P& g, StatePackets<T>& state) const {
    moments.update(g, state[0], state[1]);
    const P root = simd::pmadd(simd::square_root(state[1]), simd::set(root_scale), simd::set(eps));
    const P direction =
        simd::pmadd(simd::set(mean_rate), state[0], simd::pmul(simd::set(grad_rate), g));
    p = simd::psub(p, simd::pdiv(direction, root));
  }
};

// hyper: beta1, beta2, eps, momentum_decay, decoupled_weight_decay; state: m, v; scalar:
// mu_product.
template <typename T>
OptimizerStep<T> prepare_nadam(const StepNumbers& s) {
  return make_step<T, NAdam<T>>(s, s.hyper[4] != 0.0);
}

}  // namespace fusedmlp
