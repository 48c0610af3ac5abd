#include "kernels/optimizers.hpp"

#include "kernels/optimizers/adadelta.hpp"
#include "kernels/optimizers/adagrad.hpp"
#include "kernels/optimizers/adam.hpp"
#include "kernels/optimizers/adamax.hpp"
#include "kernels/optimizers/lion.hpp"
#include "kernels/optimizers/nadam.hpp"
#include "kernels/optimizers/radam.hpp"
#include "kernels/optimizers/rmsprop.hpp"
#include "kernels/optimizers/rprop.hpp"
#include "kernels/optimizers/sgd.hpp"

namespace fusedmlp {

// Name, numbers in hyper, state arrays, scalar states: the same rows as in core/catalogue/.
template <typename T>
const Optimizer<T>* find_optimizer(std::string_view name) {
  static constexpr Optimizer<T> table[] = {
      {"sgd", 4, 1, 0, prepare_sgd<T>},           {"adagrad", 2, 1, 0, prepare_adagrad<T>},
      {"adadelta", 2, 2, 0, prepare_adadelta<T>}, {"rmsprop", 4, 3, 0, prepare_rmsprop<T>},
      {"adam", 5, 3, 0, prepare_adam<T, false>},  {"adamw", 5, 3, 0, prepare_adam<T, true>},
      {"adamax", 3, 2, 0, prepare_adamax<T>},     {"nadam", 5, 2, 1, prepare_nadam<T>},
      {"radam", 4, 2, 0, prepare_radam<T>},       {"lion", 2, 1, 0, prepare_lion<T>},
      {"rprop", 4, 2, 0, prepare_rprop<T>},
  };
  for (const Optimizer<T>& row : table) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

template <typename T>
void OptimizerRun<T>::apply(const OptimizerStep<T>& step, T* p, const T* g, Range part) const {
  OptimizerPiece<T> piece{p + part.begin, g, {}, part.size()};
  for (int k = 0; k < max_state_arrays; ++k) {
    if (state[k]) piece.state[k] = state[k] + part.begin;
  }
  step.run(step, piece);
}

template <typename T>
void OptimizerRun<T>::apply_parallel(const OptimizerStep<T>& step, T* p, const T* g, Index n,
                                     int threads) const {
  parallel(threads_for(n, kOptimizerGrain, threads), [&](const Worker& worker) {
    const Range part = worker.share(n, 1024);
    apply(step, p, g + part.begin, part);
  });
}

template const Optimizer<float>* find_optimizer<float>(std::string_view);
template const Optimizer<double>* find_optimizer<double>(std::string_view);
template struct OptimizerRun<float>;
template struct OptimizerRun<double>;

}  // namespace fusedmlp
