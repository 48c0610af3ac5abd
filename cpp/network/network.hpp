// A plan with its scratch memory: prediction, and the forward and backward passes of one batch.
#pragma once

#include <mutex>

#include "network/rows.hpp"
#include "network/workspace.hpp"

namespace fusedmlp {

template <typename T>
class Network {
 public:
  Network(Index in_features, const std::vector<OpSpec>& specs) : plan_(in_features, specs) {}

  const Plan<T>& plan() const { return plan_; }

  // y (n, out) for n rows. Any number of threads may predict at once.
  void predict(const T* theta, const T* buffers, const Rows& x, Index n, T* y, int threads);

  // One row, y (out): no allocation after the first call, one thread.
  void predict_row(const T* theta, const T* buffers, const T* x, T* y);

  // Forward pass that remembers what backward needs. `pass` gives everything but the rows' values.
  void forward(const Pass<T>& pass, const Rows& x, T* y, int threads);
  // Gradients of the last forward: dy (rows, out) in, pass.grad and dx (rows, in; may be null) out.
  void backward(const Pass<T>& pass, const T* dy, T* dx, int threads);

  // The same two passes from inside a running team; each worker does its rows.
  void forward_rows(const Pass<T>& pass, Range rows, const Worker& worker) const;
  void backward_rows(const Pass<T>& pass, Range rows, const Worker& worker,
                     bool input_gradient) const;
  void parameter_gradients(const Pass<T>& pass, const Worker& worker,
                           const Update<T>* update = nullptr) const;

  Workspace<T>& training_memory() { return training_; }
  // How many threads a training step over `rows` rows is worth.
  int team_size(Index rows, int limit) const;

 private:
  // All layers without side effects on the rows that lie in work.value(0).
  void run_layers(const T* theta, const T* buffers, const Workspace<T>& work, Index rows) const;
  std::unique_ptr<Workspace<T>> borrow();
  void give_back(std::unique_ptr<Workspace<T>> workspace);

  Plan<T> plan_;
  Workspace<T> training_;
  std::mutex pool_door_;
  std::vector<std::unique_ptr<Workspace<T>>> pool_;
};

}  // namespace fusedmlp
