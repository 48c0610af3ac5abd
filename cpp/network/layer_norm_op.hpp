// Layer norm. Parameters: gamma, beta.
#pragma once

#include "kernels/norm.hpp"
#include "network/op.hpp"

namespace fusedmlp {

template <typename T>
class LayerNormOp final : public Op<T> {
 public:
  LayerNormOp(Index in, const OpSpec& spec) : Op<T>(in, in), eps_(spec.number("eps")) {
    this->num_parameters = 2 * in;
  }

  // Mean and inverse deviation of each row.
  Index saved_size(Index rows) const override { return 2 * rows; }

  void forward(const Pass<T>& pass, const Slot<T>& slot, Range rows, const Worker&) const override {
    const T* gamma = pass.theta + this->first_parameter;
    const Index first = rows.begin * this->in;
    layer_norm_forward(rows.size(), this->in, slot.x + first, gamma, gamma + this->in, eps_,
                       slot.saved + 2 * rows.begin, slot.y + first);
  }

  void backward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
                const Worker&) const override {
    if (slot.dx == nullptr) return;
    const Index first = rows.begin * this->in;
    layer_norm_backward(rows.size(), this->in, slot.dy + first, slot.x + first,
                        pass.theta + this->first_parameter, slot.saved + 2 * rows.begin,
                        slot.dx + first);
  }

  void parameter_gradients(const Pass<T>& pass, const Slot<T>& slot, const Worker& worker,
                           const Update<T>* update) const override {
    T* dgamma = pass.grad + this->first_parameter;
    const Range columns = worker.share(this->in, 16);
    layer_norm_parameter_gradients(pass.rows, this->in, columns, slot.dy, slot.x, slot.saved,
                                   dgamma, dgamma + this->in);
    this->take_columns(pass, columns, update);
  }

 private:
  const double eps_;
};

}  // namespace fusedmlp
