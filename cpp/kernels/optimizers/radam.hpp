// RAdam (Liu et al. 2020): plain momentum until the variance of 1 / sqrt(v) is known, then Adam
// scaled by the rectification r_t.
#pragma once

#include "kernels/optimizers/adam.hpp"

namespace fusedmlp {

// r_t, or 0 while there is too little data to divide by the root.
inline double radam_rectification(double beta2, std::int64_t step) {
  const double t = static_cast<double>(step);
  const double rho_inf = 2.0 / (1.0 - beta2) - 1.0;
  const double rho = rho_inf - 2.0 * t * std::pow(beta2, t) / bias_correction(beta2, step);
  if (!(rho > 5.0)) return 0.0;
  return std::sqrt((rho - 4.0) * (rho - 2.0) * rho_inf / ((rho_inf - 4.0) * (rho_inf - 2.0) * rho));
}

template <typename T, bool Rectified>
struct RAdam {
  static constexpr unsigned uses = 0b011;
  Moments<T> moments;
  T rate, eps;

  explicit RAdam(const StepNumbers& s) : moments(s.hyper), eps(static_cast<T>(s.hyper[2])) {
    const double corrected = s.lr / bias_correction(s.hyper[0], s.step);
    const double root_scale = std::sqrt(bias_correction(s.hyper[1], s.step));
    rate = static_cast<T>(
        Rectified ? corrected * root_scale * radam_rectification(s.hyper[1], s.step) : corrected);
  }

  EIGEN_STRONG_INLINE void operator()(Vec<T>& p, Vec<T> g, StateVecs<T>& state) const {
    Vec<T>&m = state[0], &v = state[1];
    moments.update(g, m, v);
    p = fma(-rate, Rectified ? m / (sqrt(v) + eps) : m, p);
  }
};

// hyper: beta1, beta2, eps, decoupled_weight_decay; state: m, v.
template <typename T>
OptimizerStep<T> prepare_radam(const StepNumbers& s) {
  const bool decoupled = s.hyper[3] != 0.0;
  return radam_rectification(s.hyper[1], s.step) > 0.0
             ? make_step<T, RAdam<T, true>>(s, decoupled)
             : make_step<T, RAdam<T, false>>(s, decoupled);
}

}  // namespace fusedmlp
