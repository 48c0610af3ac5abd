// One trained factor per input. Parameters: factor.
#pragma once

#include "kernels/column_sums.hpp"
#include "kernels/scale.hpp"
#include "network/op.hpp"

namespace fusedmlp {

template <typename T>
class ScaleOp final : public Op<T> {
 public:
  ScaleOp(Index in, const OpSpec&) : Op<T>(in, in) { this->num_parameters = in; }

  void forward(const Pass<T>& pass, const Slot<T>& slot, Range rows, const Worker&) const override {
    const Index first = rows.begin * this->in;
    scale_columns(rows.size(), this->in, slot.x + first, factor(pass), slot.y + first);
  }

  void backward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
                const Worker&) const override {
    if (slot.dx == nullptr) return;
    const Index first = rows.begin * this->in;
    scale_columns(rows.size(), this->in, slot.dy + first, factor(pass), slot.dx + first);
  }

  void parameter_gradients(const Pass<T>& pass, const Slot<T>& slot, const Worker& worker,
                           const Update<T>* update) const override {
    const Range columns = worker.share(this->in, kColumnGrain);
    scale_parameter_gradients(pass.rows, this->in, columns, slot.dy, slot.x,
                              pass.grad + this->first_parameter);
    this->take_columns(pass, columns, update);
  }

 private:
  const T* factor(const Pass<T>& pass) const { return pass.theta + this->first_parameter; }
};

}  // namespace fusedmlp
