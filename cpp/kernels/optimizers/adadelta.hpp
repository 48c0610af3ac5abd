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

  template <typename P>
  EIGEN_STRONG_INLINE P average_square(const P& average, const P& x) const {
    return simd::pmadd(simd::set(rho), average,
                       simd::pmul(simd::set(one_minus_rho), simd::pmul(x, x)));
  }

  template <typename P>
  EIGEN_STRONG_INLINE void operator()(P& p, const P& g, StatePackets<T>& state) const {
    P& square_avg = state[0];
    P& acc_delta = state[1];
    square_avg = average_square(square_avg, g);
    // Two roots: the quotient of the squares could overflow.
    const P wanted = simd::square_root(simd::padd(acc_delta, simd::set(eps)));
    const P usual = simd::square_root(simd::padd(square_avg, simd::set(eps)));
    const P delta = simd::pmul(simd::pdiv(wanted, usual), g);
    acc_delta = average_square(acc_delta, delta);
    p = simd::pmadd(simd::set(-lr), delta, p);
  }
};

// hyper: rho, eps; state: square_avg, acc_delta.
template <typename T>
OptimizerStep<T> prepare_adadelta(const StepNumbers& s) {
  return make_step<T, Adadelta<T>>(s);
}

}  // namespace fusedmlp
