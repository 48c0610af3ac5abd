// Batch norm. Parameters: gamma, beta; running statistics: mean, variance.
#pragma once

#include "kernels/norm.hpp"
#include "network/op.hpp"

namespace fusedmlp {

template <typename T>
class BatchNormOp final : public Op<T> {
 public:
  BatchNormOp(Index in, const OpSpec& spec)
      : Op<T>(in, in), momentum_(spec.number("momentum")), eps_(spec.number("eps")) {
    this->num_parameters = this->num_buffers = 2 * in;
  }

  bool needs_batch() const override { return true; }

  Index saved_size(Index) const override { return 2 * this->in; }

  void forward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
               const Worker& worker) const override {
    norm(pass, slot).forward(slot.x, slot.y, rows, worker);
  }

  void backward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
                const Worker& worker) const override {
    // The gradients of gamma and beta are sums that dx needs, so they are made here.
    T* dgamma = pass.grad + this->first_parameter;
    norm(pass, slot).backward(slot.dy, slot.x, slot.dx, dgamma, dgamma + this->in, rows, worker);
  }

  void parameter_gradients(const Pass<T>& pass, const Slot<T>&, const Worker& worker,
                           const Update<T>* update) const override {
    this->take_columns(pass, worker.share(this->in, 16), update);
  }

 private:
  BatchNorm<T> norm(const Pass<T>& pass, const Slot<T>& slot) const {
    BatchNorm<T> norm;
    norm.rows = pass.rows;
    norm.columns = this->in;
    norm.training = pass.training;
    norm.momentum = momentum_;
    norm.eps = eps_;
    norm.gamma = pass.theta + this->first_parameter;
    norm.beta = norm.gamma + this->in;
    norm.running_mean = pass.buffers + this->first_buffer;
    norm.running_var = norm.running_mean + this->in;
    norm.saved = slot.saved;
    return norm;
  }

  const double momentum_, eps_;
};

}  // namespace fusedmlp
