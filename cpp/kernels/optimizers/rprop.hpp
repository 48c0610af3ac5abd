// Rprop (Riedmiller & Braun 1993; the variant without weight backtracking that sets g = 0 after a
// change of sign): every parameter has its own step, grown while the sign of g holds.
#pragma once

#include "kernels/optimizers/rule.hpp"

namespace fusedmlp {

template <typename T>
struct Rprop {
  static constexpr unsigned uses = 0b011;
  T etaminus, etaplus, step_min, step_max;

  explicit Rprop(const StepNumbers& s)
      : etaminus(static_cast<T>(s.hyper[0])),
        etaplus(static_cast<T>(s.hyper[1])),
        step_min(static_cast<T>(s.hyper[2])),
        step_max(static_cast<T>(s.hyper[3])) {}

  template <typename P>
  EIGEN_STRONG_INLINE void operator()(P& p, const P& g, StatePackets<T>& state) const {
    P& previous = state[0];
    P& size = state[1];
    const P zero = simd::set(T(0));
    const P least = simd::set(step_min), most = simd::set(step_max);
    // The product of the signs: g * previous could underflow to "no sign".
    const P agreement = simd::pmul(simd::sign(g), simd::sign(previous));
    const P turned = simd::pcmp_lt(agreement, zero);
    const P factor = simd::pselect(
        turned, simd::set(etaminus),
        simd::pselect(simd::pcmp_lt(zero, agreement), simd::set(etaplus), simd::set(T(1))));
    size = simd::pmul(size, factor);
    size = simd::pselect(simd::pcmp_lt(size, least), least, size);
    size = simd::pselect(simd::pcmp_lt(most, size), most, size);
    previous = simd::pselect(turned, zero, g);
    p = simd::psub(p, simd::pmul(simd::sign(previous), size));
  }
};

// hyper: etaminus, etaplus, step_min, step_max; state: previous_grad, step_size.
template <typename T>
OptimizerStep<T> prepare_rprop(const StepNumbers& s) {
  return make_step<T, Rprop<T>>(s);
}

}  // namespace fusedmlp
