#include "network/network.hpp"

namespace fusedmlp {
template <typename T>
int Network<T>::team_size(Index rows, int limit) const {
  // Backward costs twice the forward's multiply-adds.
  return threads_for(3 * plan_.work_per_row() * rows, kWorkGrain, limit);
}

template <typename T>
void Network<T>::forward_rows(const Pass<T>& pass, Range rows, const Worker& worker) const {
  for (Index i = 0; i < plan_.size(); ++i) {
    plan_.op(i).forward(pass, training_.slot(plan_, i), rows, worker);
  }
}

template <typename T>
void Network<T>::backward_rows(const Pass<T>& pass, Range rows, const Worker& worker,
                               bool input_gradient) const {
  for (Index i = plan_.size() - 1; i >= 0; --i) backward_op(pass, i, rows, worker, input_gradient);
}

template <typename T>
void Network<T>::backward_op(const Pass<T>& pass, Index i, Range rows, const Worker& worker,
                             bool input_gradient) const {
  Slot<T> slot = training_.slot(plan_, i);
  if (!input_gradient && !plan_.needs_dx(i)) slot.dx = nullptr;
  plan_.op(i).backward(pass, slot, rows, worker);
}

template <typename T>
void Network<T>::parameter_gradients(const Pass<T>& pass, const Worker& worker,
                                     const Update<T>* update) const {
  for (Index i = 0; i < plan_.size(); ++i) {
    plan_.op(i).parameter_gradients(pass, training_.slot(plan_, i), worker, update);
  }
}

template <typename T>
void Network<T>::predict(const Rows& x, Index n, T* y, int threads) {
  const Index out = plan_.out_features();
  predict_blocks(x, {nullptr, n}, threads, [&](Range rows, const T* values) {
    std::copy_n(values, rows.size() * out, y + rows.begin * out);
  });
}

template <typename T>
void Network<T>::predict_row(const T* x, T* y) {
  std::unique_ptr<Workspace<T>> work = borrow();
  work->reserve(plan_, 1, Workspace<T>::Use::predict);
  parallel(1, [&](const Worker&) {
    std::copy_n(x, plan_.in_features(), work->value(0));
    run_layers(*work, 1);
    std::copy_n(work->value(plan_.size()), plan_.out_features(), y);
  });
  give_back(std::move(work));
}

template <typename T>
Pass<T> Network<T>::bound(Pass<T> pass) const {
  pass.theta = arrays_.theta;
  pass.grad = arrays_.grad;
  pass.buffers = arrays_.buffers;
  return pass;
}

template <typename T>
void Network<T>::run_layers(const Workspace<T>& work, Index rows) const {
  Pass<T> pass;
  pass.rows = rows;
  pass = bound(pass);
  for (Index i = 0; i < plan_.size(); ++i) {
    plan_.op(i).forward(pass, work.slot(plan_, i), {0, rows}, Worker{});
  }
}

template <typename T>
void Network<T>::forward(Pass<T> pass, const Rows& x, T* y, int threads) {
  pass = bound(pass);
  training_.reserve(plan_, pass.rows, Workspace<T>::Use::train);
  parallel(team_size(pass.rows, threads), [&](const Worker& worker) {
    const Range rows = worker.share(pass.rows);
    const Index out = plan_.out_features();
    gather(x, nullptr, 0, rows.begin, rows.end, training_.value(0) + rows.begin * x.columns);
    forward_rows(pass, rows, worker);
    std::copy_n(training_.value(plan_.size()) + rows.begin * out, rows.size() * out,
                y + rows.begin * out);
  });
}

template <typename T>
void Network<T>::backward(Pass<T> pass, const T* dy, T* dx, int threads) {
  pass = bound(pass);
  parallel(team_size(pass.rows, threads), [&](const Worker& worker) {
    const Range rows = worker.share(pass.rows);
    const Index out = plan_.out_features(), in = plan_.in_features();
    std::copy_n(dy + rows.begin * out, rows.size() * out,
                training_.gradient(plan_.size()) + rows.begin * out);
    backward_rows(pass, rows, worker, dx != nullptr);
    if (dx != nullptr) {
      std::copy_n(training_.gradient(0) + rows.begin * in, rows.size() * in, dx + rows.begin * in);
    }
    worker.barrier();
    parameter_gradients(pass, worker);
  });
}

template <typename T>
std::unique_ptr<Workspace<T>> Network<T>::borrow() {
  const std::lock_guard<std::mutex> lock(pool_lock_);
  if (pool_.empty()) return std::make_unique<Workspace<T>>();
  auto workspace = std::move(pool_.back());
  pool_.pop_back();
  return workspace;
}

template <typename T>
void Network<T>::give_back(std::unique_ptr<Workspace<T>> workspace) {
  const std::lock_guard<std::mutex> lock(pool_lock_);
  pool_.push_back(std::move(workspace));
}

template class Network<float>;
template class Network<double>;

}  // namespace fusedmlp
