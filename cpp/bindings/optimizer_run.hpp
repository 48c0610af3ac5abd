// An optimizer as Python describes it: name, numbers, and arrays of state in the table's order.
#pragma once

#include "bindings/arrays.hpp"
#include "kernels/optimizers.hpp"
#include "network/lookup.hpp"

namespace fusedmlp {

// The caller keeps the arrays alive. None stands for an array that an option leaves unused.
template <typename T>
OptimizerRun<T> optimizer_run(const std::string& name, const Numbers& hyper,
                              const py::sequence& state) {
  OptimizerRun<T> run;
  run.optimizer = &require(find_optimizer<T>(name), "optimizer", name);
  run.hyper = hyper;
  for (std::size_t i = 0; i < state.size(); ++i) {
    const py::object item = state[i];
    if (item.is_none()) continue;
    if (static_cast<int>(i) < run.optimizer->state_arrays) {
      run.state[i] = py::cast<Array<T>>(item).mutable_data();
    } else {
      run.scalar_state = py::cast<Doubles>(item).mutable_data();
    }
  }
  return run;
}

}  // namespace fusedmlp
