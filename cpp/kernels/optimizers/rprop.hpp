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

  EIGEN_STRONG_INLINE void operator()(Vec<T>& p, Vec<T> g, StateVecs<T>& state) const {
    Vec<T>&previous = state[0], &size = state[1];
    // The product of the signs: g * previous could underflow to "no sign".
    const Vec<T> agreement = sign(g) * sign(previous);
    const auto turned = agreement < T(0);
    const Vec<T> factor = where(turned, etaminus, where(agreement > T(0), etaplus, T(1)));
    size = clamp(size * factor, step_min, step_max);
    previous = where(turned, T(0), g);
    p = p - sign(previous) * size;
  }
};

// hyper: etaminus, etaplus, step_min, step_max; state: previous_grad, step_size.
template <typename T>
OptimizerStep<T> prepare_rprop(const StepNumbers& s) {
  return make_step<T, Rprop<T>>(s);
}

}  // namespace fusedmlp
