// A plan with its scratch memory: prediction, and the forward and backward passes of one batch.
#pragma once

#include <algorithm>
#include <mutex>

#include "kernels/dense.hpp"
#include "network/data.hpp"
#include "network/workspace.hpp"

namespace fusedmlp {

// Parameters, their gradients (null: prediction only) and running statistics; the caller's memory.
// Products read theta in whole packets: kSlackBytes behind its end must be readable.
template <typename T>
struct Arrays {
  T* theta = nullptr;
  T* grad = nullptr;
  T* buffers = nullptr;
};

inline constexpr Index kSlackBytes = 256;

template <typename T>
class Network {
 public:
  Network(Index in_features, const std::vector<OpSpec>& specs, const Arrays<T>& arrays)
      : plan_(in_features, specs), arrays_(arrays) {}

  const Plan<T>& plan() const { return plan_; }
  T* theta() const { return arrays_.theta; }
  T* grad() const { return arrays_.grad; }
  T* buffers() const { return arrays_.buffers; }

  // y (n, out) for n rows. Any number of threads may predict at once.
  void predict(const Rows& x, Index n, T* y, int threads);

  // Runs all layers over `rows` of x in blocks that stay in cache; done(block, y) gets the outputs
  // of each, from the thread that made them.
  template <typename F>
  void predict_blocks(const Rows& x, const Selection& rows, int threads, F&& done);

  // One row, y (out): no allocation after the first call, one thread.
  void predict_row(const T* x, T* y);

  // Runs all layers over a few rows; see(i, y) gets the outputs of op i, (rows, its width).
  template <typename F>
  void look(const T* x, Index rows, F&& see);

  // Forward pass that remembers what backward needs. `pass` gives rows, training, seed and draw.
  void forward(Pass<T> pass, const Rows& x, T* y, int threads);
  // Gradients of the last forward: dy (rows, out) in, grad() and dx (rows, in; may be null) out.
  void backward(Pass<T> pass, const T* dy, T* dx, int threads);

  // The same two passes from inside a running team; each worker does its rows.
  void forward_rows(const Pass<T>& pass, Range rows, const Worker& worker) const;
  void backward_rows(const Pass<T>& pass, Range rows, const Worker& worker,
                     bool input_gradient) const;
  void parameter_gradients(const Pass<T>& pass, const Worker& worker,
                           const Update<T>* update = nullptr) const;
  // Both, layer by layer: done(first) when this worker has made its part of the gradients of all
  // parameters from `first` on.
  template <typename F>
  void backward_in_turn(const Pass<T>& pass, Range rows, const Worker& worker, F&& done) const;

  Workspace<T>& training_memory() { return training_; }
  // How many threads a training step over `rows` rows is worth.
  int team_size(Index rows, int limit) const;

 private:
  // All layers without side effects on the rows that lie in work.value(0).
  void run_layers(const Workspace<T>& work, Index rows) const;
  void backward_op(const Pass<T>& pass, Index i, Range rows, const Worker& worker,
                   bool input_gradient) const;
  Pass<T> bound(Pass<T> pass) const;
  std::unique_ptr<Workspace<T>> borrow();
  void give_back(std::unique_ptr<Workspace<T>> workspace);

  Plan<T> plan_;
  Arrays<T> arrays_;
  Workspace<T> training_;
  std::mutex pool_lock_;
  std::vector<std::unique_ptr<Workspace<T>>> pool_;
};

template <typename T>
template <typename F>
void Network<T>::backward_in_turn(const Pass<T>& pass, Range rows, const Worker& worker,
                                  F&& done) const {
  for (Index i = plan_.size() - 1; i >= 0; --i) {
    backward_op(pass, i, rows, worker, false);
    if (plan_.op(i).num_parameters == 0) continue;
    worker.barrier();
    plan_.op(i).parameter_gradients(pass, training_.slot(plan_, i), worker, nullptr);
    done(plan_.op(i).first_parameter);
  }
}

template <typename T>
template <typename F>
void Network<T>::look(const T* x, Index rows, F&& see) {
  std::unique_ptr<Workspace<T>> work = borrow();
  work->reserve(plan_, rows, Workspace<T>::Use::predict);
  parallel(1, [&](const Worker&) {
    std::copy_n(x, rows * plan_.in_features(), work->value(0));
    run_layers(*work, rows);
    for (Index i = 0; i < plan_.size(); ++i) see(i, work->value(i + 1));
  });
  give_back(std::move(work));
}

template <typename T>
template <typename F>
void Network<T>::predict_blocks(const Rows& x, const Selection& selection, int threads, F&& done) {
  const Index n = selection.count;
  const int team = threads_for(plan_.work_per_row() * n, kWorkGrain, threads);
  const Index block = std::min(n, kCacheRows);
  std::vector<std::unique_ptr<Workspace<T>>> scratch;
  for (int i = 0; i < team; ++i) {
    scratch.push_back(borrow());
    scratch.back()->reserve(plan_, block, Workspace<T>::Use::predict);
  }
  parallel(team, [&](const Worker& worker) {
    const Workspace<T>& work = *scratch[static_cast<std::size_t>(worker.id)];
    // Few enough rows to stay in cache on their way through all layers.
    for_even_blocks(worker.share(n), kCacheRows, [&](Range block) {
      gather(x, selection.order, block.begin, 0, block.size(), work.value(0));
      run_layers(work, block.size());
      done(block, work.value(plan_.size()));
    });
  });
  for (auto& workspace : scratch) give_back(std::move(workspace));
}

}  // namespace fusedmlp
