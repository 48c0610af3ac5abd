// Stochastic gradient descent with heavy-ball or Nesterov momentum (Polyak 1964; Sutskever et al.
// 2013): v = mu v + (1 - dampening) g, p -= lr v, or p -= lr (g + mu v). The first step sets v = g.
// With lr_in_velocity g is multiplied by lr before all this, and the step itself is 1.
#pragma once

#include "kernels/optimizers/rule.hpp"

namespace fusedmlp {

template <typename T>
struct PlainSgd {
  static constexpr unsigned uses = 0b000;
  T lr;

  explicit PlainSgd(const StepNumbers& s) : lr(static_cast<T>(s.lr)) {}

  EIGEN_STRONG_INLINE void operator()(Vec<T>& p, Vec<T> g, StateVecs<T>&) const {
    p = fma(-lr, g, p);
  }
};

template <typename T, bool First, bool Nesterov, bool Inside>
struct MomentumSgd {
  static constexpr unsigned uses = 0b001;
  T lr, momentum, added;

  explicit MomentumSgd(const StepNumbers& s)
      : lr(static_cast<T>(s.lr)),
        momentum(static_cast<T>(s.hyper[0])),
        added(static_cast<T>(1.0 - s.hyper[1])) {}

  EIGEN_STRONG_INLINE void operator()(Vec<T>& p, Vec<T> g, StateVecs<T>& state) const {
    Vec<T>& velocity = state[0];
    const Vec<T> grad = Inside ? lr * g : g;
    velocity = First ? grad : fma(momentum, velocity, added * grad);
    const Vec<T> direction = Nesterov ? fma(momentum, velocity, grad) : velocity;
    p = Inside ? p - direction : fma(-lr, direction, p);
  }
};

template <typename T, bool First, bool Inside>
OptimizerStep<T> prepare_momentum(const StepNumbers& s) {
  return s.hyper[2] != 0.0 ? make_step<T, MomentumSgd<T, First, true, Inside>>(s)
                           : make_step<T, MomentumSgd<T, First, false, Inside>>(s);
}

// hyper: momentum, dampening, nesterov, lr_in_velocity; state: velocity.
template <typename T>
OptimizerStep<T> prepare_sgd(const StepNumbers& s) {
  if (s.hyper[0] == 0.0) return make_step<T, PlainSgd<T>>(s);
  if (s.hyper[3] != 0.0) {
    return s.step == 1 ? prepare_momentum<T, true, true>(s) : prepare_momentum<T, false, true>(s);
  }
  return s.step == 1 ? prepare_momentum<T, true, false>(s) : prepare_momentum<T, false, false>(s);
}

}  // namespace fusedmlp
