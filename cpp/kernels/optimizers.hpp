// Optimizers on the flat arena. A step is prepared once (corrections of the learning rate, in
// double) and then run on any pieces of the arena, by any threads: an element's bits do not depend
// on the cut.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/parallel.hpp"

namespace fusedmlp {

inline constexpr int max_state_arrays = 3;

// The numbers of one step. hyper is in the order of core/catalogue/, step counts from 1.
struct StepNumbers {
  const double* hyper;
  double lr;
  std::int64_t step;
  double weight_decay;
  double* scalar_state;  // NAdam's mu_product, multiplied by mu in prepare; null for the others
};

// A stretch of parameters with their gradients and state. Arrays that an option leaves unused are
// null.
template <typename T>
struct OptimizerPiece {
  T* p;
  const T* g;
  T* state[max_state_arrays];
  Index n;
};

template <typename T>
struct OptimizerStep {
  void (*run)(const OptimizerStep& step, const OptimizerPiece<T>& piece);
  unsigned uses;   // bit k is set where state array k is read and written
  T grad_scale;    // gradients are multiplied by this first (norm clipping); prepare sets 1
  T decay_factor;  // decoupled weight decay: p *= decay_factor before the update
  T decay_term;    // coupled weight decay: g += decay_term * p
  // The rule itself (its formula and its numbers in T), see optimizers/rule.hpp.
  alignas(8) unsigned char rule[64];
};

template <typename T>
struct Optimizer {
  std::string_view name;
  int hyper;          // numbers in hyper
  int state_arrays;   // as long as p; they come first in the state list
  int scalar_states;  // float64 arrays of one element, after them
  OptimizerStep<T> (*prepare)(const StepNumbers& numbers);
};

// Null if there is no optimizer of this name.
template <typename T>
const Optimizer<T>* find_optimizer(std::string_view name);

// Below so many parameters a second thread takes longer to start than it saves.
inline constexpr Index kOptimizerGrain = 32768;

// An optimizer with its settings and state over a whole arena.
template <typename T>
struct OptimizerRun {
  const Optimizer<T>* optimizer = nullptr;
  std::vector<double> hyper;
  T* state[max_state_arrays] = {};
  double* scalar_state = nullptr;

  OptimizerStep<T> prepare(double lr, std::int64_t step, double weight_decay) const {
    return optimizer->prepare({hyper.data(), lr, step, weight_decay, scalar_state});
  }
  // Runs a prepared step on part of the arena: p[part.begin .. part.end) and so on.
  // g is the gradient of that part: g[0] belongs to p[part.begin].
  void apply(const OptimizerStep<T>& step, T* p, const T* g, Range part) const;
  // The same on all n parameters with up to `threads` threads.
  void apply_parallel(const OptimizerStep<T>& step, T* p, const T* g, Index n, int threads) const;
};

}  // namespace fusedmlp
