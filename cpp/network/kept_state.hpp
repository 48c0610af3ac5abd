// What a job goes back to after a diverged epoch: parameters, statistics, average, optimizer.
#pragma once

#include <algorithm>

#include "kernels/memory.hpp"
#include "network/network.hpp"
#include "network/segments.hpp"

namespace fusedmlp {

template <typename T>
class KeptState {
 public:
  // `average` may be null.
  KeptState(Network<T>& network, const OptimizerRun<T>* optimizer, T* average)
      : network_(network), optimizer_(optimizer), average_(average) {}

  // Allocates memory for all copies; may throw bad_alloc.
  void reserve() {
    const auto size = static_cast<std::size_t>(parameters());
    theta_.reserve(size);
    if (average_ != nullptr) copy_of_average_.reserve(size);
    for (int k = 0; k < max_state_arrays; ++k) {
      if (optimizer_->state[k] != nullptr) state_[k].reserve(size);
    }
    reserve_statistics();
  }
  void reserve_statistics() { buffers_.reserve(static_cast<std::size_t>(statistics())); }

  // Copies everything, each worker its part. A barrier stands between this and the first change of
  // anything but the running statistics, which the forward pass moves: those are copied by the
  // first worker, before a barrier of their own.
  void keep(const Worker& worker) {
    const Range mine = worker.share(parameters(), 64);
    const auto copy = [&](const T* from, const AlignedArray<T>& to) {
      if (from != nullptr) std::copy_n(from + mine.begin, mine.size(), to.data() + mine.begin);
    };
    copy(network_.theta(), theta_);
    copy(average_, copy_of_average_);
    for (int k = 0; k < max_state_arrays; ++k) copy(optimizer_->state[k], state_[k]);
    if (statistics() > 0) {
      if (worker.first()) keep_statistics();
      worker.barrier();
    }
    if (worker.first() && optimizer_->scalar_state != nullptr) scalar_ = *optimizer_->scalar_state;
  }
  void keep_statistics() { std::copy_n(network_.buffers(), statistics(), buffers_.data()); }

  void restore() {
    if (theta_.data() == nullptr) return;
    const auto copy = [&](const AlignedArray<T>& from, T* to) {
      if (to != nullptr) std::copy_n(from.data(), parameters(), to);
    };
    copy(theta_, network_.theta());
    copy(copy_of_average_, average_);
    for (int k = 0; k < max_state_arrays; ++k) copy(state_[k], optimizer_->state[k]);
    restore_statistics();
    if (optimizer_->scalar_state != nullptr) *optimizer_->scalar_state = scalar_;
  }
  void restore_statistics() { std::copy_n(buffers_.data(), statistics(), network_.buffers()); }

  // theta as it was kept last; null before the first time.
  const T* theta() const { return theta_.data(); }

 private:
  Index parameters() const { return network_.plan().num_parameters(); }
  Index statistics() const { return network_.plan().num_buffers(); }

  Network<T>& network_;
  const OptimizerRun<T>* optimizer_;
  T* average_;
  AlignedArray<T> theta_, buffers_, copy_of_average_, state_[max_state_arrays];
  double scalar_ = 0.0;
};

}  // namespace fusedmlp
