// Dense layer with its activation.
#pragma once

#include <algorithm>

#include "kernels/dense.hpp"
#include "network/lookup.hpp"
#include "network/op.hpp"

namespace fusedmlp {

template <typename T>
class DenseOp final : public Op<T> {
 public:
  // sizes: units, bias (0 or 1).
  DenseOp(Index in, const OpSpec& spec)
      : Op<T>(in, spec.sizes.at(0)),
        bias_(spec.sizes.at(1) != 0),
        activation_(require_activation<T>(spec.activation)),
        linear_(spec.activation == "identity"),
        params_(spec.params) {
    this->num_parameters = in * this->out + (bias_ ? this->out : 0);
  }

  // An activation whose derivative needs its input keeps x W + b beside y.
  Index saved_size(Index rows) const override { return keeps_input() ? rows * this->out : 0; }
  Index work_per_row() const override { return this->in * this->out; }

  void forward(const Pass<T>& pass, const Slot<T>& slot, Range rows, const Worker&) const override {
    const T* W = pass.theta + this->first_parameter;
    const T* b = bias_ ? W + this->in * this->out : nullptr;
    // Rows in blocks, so that the activation finds the product still in cache.
    constexpr Index kBlock = 112;
    for (Index i = rows.begin; i < rows.end; i += kBlock) {
      const Index count = std::min(kBlock, rows.end - i);
      T* y = slot.y + i * this->out;
      T* z = keeps_input() ? slot.saved + i * this->out : y;
      dense_forward(count, this->in, this->out, slot.x + i * this->in, W, b, z);
      if (!linear_) activation_.forward(params_.data(), z, y, count * this->out);
    }
  }

  void backward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
                const Worker&) const override {
    const Index n = rows.size(), first = rows.begin * this->out;
    T* dy = slot.dy + first;
    if (!linear_) {
      const T* z = keeps_input() ? slot.saved + first : nullptr;
      const T* y = keeps_input() ? nullptr : slot.y + first;
      activation_.backward(params_.data(), dy, z, y, dy, n * this->out);
    }
    if (slot.dx != nullptr) {
      dense_input_gradient(n, this->in, this->out, dy, pass.theta + this->first_parameter,
                           slot.dx + rows.begin * this->in);
    }
  }

  void parameter_gradients(const Pass<T>& pass, const Slot<T>& slot,
                           const Worker& worker) const override {
    T* dW = pass.grad + this->first_parameter;
    const Range rows = worker.share(this->in);
    dense_weight_gradient(pass.rows, this->in, this->out, rows.begin, rows.end, slot.x, slot.dy,
                          dW);
    if (bias_) {
      const Range columns = worker.share(this->out, 16);
      column_sums(pass.rows, this->out, columns.begin, columns.end, slot.dy,
                  dW + this->in * this->out);
    }
  }

 private:
  bool keeps_input() const { return !activation_.from_output; }

  const bool bias_;
  const Activation<T>& activation_;
  const bool linear_;
  const std::vector<double> params_;
};

}  // namespace fusedmlp
