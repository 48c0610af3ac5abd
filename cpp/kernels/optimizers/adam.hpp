// Adam (Kingma & Ba 2015) with bias correction, eps after it; AMSGrad (Reddi et al. 2018);
// AdamW (Loshchilov & Hutter 2019): the same with decoupled weight decay.
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

  template <typename P>
  EIGEN_STRONG_INLINE void update(const P& g, P& m, P& v) const {
    m = moving_average(m, g, simd::set(one_minus_beta1));
    v = simd::pmadd(simd::set(beta2), v, simd::pmul(simd::set(one_minus_beta2), simd::pmul(g, g)));
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
        eps(static_cast<T>(s.hyper[2])) {}

  template <typename P>
  EIGEN_STRONG_INLINE void operator()(P& p, const P& g, StatePackets<T>& state) const {
    moments.update(g, state[0], state[1]);
    P square = state[1];
    if constexpr (Amsgrad) square = state[2] = simd::larger(state[2], square);
    const P root = simd::pmadd(simd::square_root(square), simd::set(root_scale), simd::set(eps));
    p = simd::pmadd(simd::set(-rate), simd::pdiv(state[0], root), p);
  }
};

// hyper: beta1, beta2, eps, amsgrad; state: m, v, vmax.
template <typename T, bool Decoupled>
OptimizerStep<T> prepare_adam(const StepNumbers& s) {
  return s.hyper[3] != 0.0 ? make_step<T, Adam<T, true>>(s, Decoupled)
                           : make_step<T, Adam<T, false>>(s, Decoupled);
}

}  // namespace fusedmlp
