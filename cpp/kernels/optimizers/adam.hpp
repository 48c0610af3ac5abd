// Adam (Kingma & Ba 2015) with bias correction, eps after it; AMSGrad (Reddi et al. 2018);
// AdamW (Loshchilov & Hutter 2019): the same with decoupled weight decay. With epsilon_hat eps is
// added before the correction, as in the last lines of Kingma & Ba's section 2.
#pragma once

#include <cmath>

#include "kernels/optimizers/rule.hpp"

namespace fusedmlp {

// 1 - beta^t: what a zero-filled moving average still lacks after t steps.
inline double bias_correction(double beta, std::int64_t step) {
  return 1.0 - std::pow(beta, static_cast<double>(step));
}

// The two moving averages that Adam, NAdam and RAdam share.
template <typename T>
struct Moments {
  T one_minus_beta1, beta2, one_minus_beta2;

  explicit Moments(const double* hyper)
      : one_minus_beta1(static_cast<T>(1.0 - hyper[0])),
        beta2(static_cast<T>(hyper[1])),
        one_minus_beta2(static_cast<T>(1.0 - hyper[1])) {}

  EIGEN_STRONG_INLINE void update(Vec<T> g, Vec<T>& m, Vec<T>& v) const {
    m = moving_average(m, g, one_minus_beta1);
    v = fma(beta2, v, one_minus_beta2 * (g * g));
  }
};

template <typename T, bool Amsgrad>
struct Adam {
  static constexpr unsigned uses = Amsgrad ? 0b111 : 0b011;
  Moments<T> moments;
  T rate, root_scale, eps;

  explicit Adam(const StepNumbers& s)
      : moments(s.hyper),
        rate(static_cast<T>(s.lr / bias_correction(s.hyper[0], s.step))),
        root_scale(static_cast<T>(1.0 / std::sqrt(bias_correction(s.hyper[1], s.step)))),
        eps(static_cast<T>(s.hyper[4] == 0.0
                               ? s.hyper[2]
                               : s.hyper[2] / std::sqrt(bias_correction(s.hyper[1], s.step)))) {}

  EIGEN_STRONG_INLINE void operator()(Vec<T>& p, Vec<T> g, StateVecs<T>& state) const {
    Vec<T>&m = state[0], &v = state[1];
    moments.update(g, m, v);
    Vec<T> square = v;
    if constexpr (Amsgrad) square = state[2] = larger(state[2], v);
    p = fma(-rate, m / fma(sqrt(square), root_scale, eps), p);
  }
};

// hyper: beta1, beta2, eps, amsgrad, epsilon_hat; state: m, v, vmax.
template <typename T, bool Decoupled>
OptimizerStep<T> prepare_adam(const StepNumbers& s) {
  return s.hyper[3] != 0.0 ? make_step<T, Adam<T, true>>(s, Decoupled)
                           : make_step<T, Adam<T, false>>(s, Decoupled);
}

}  // namespace fusedmlp
