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
  DenseOp(Index in, const OpSpec& spec)
      : Op<T>(in, spec.size("units")),
        bias_(spec.flag("bias")),
        activation_(require_activation<T>(spec.text("activation"))),
        params_(spec.numbers("params")) {
    this->num_parameters = in * this->out + (bias_ ? this->out : 0);
  }

  // An activation whose derivative needs its input keeps x W + b beside y.
  Index saved_size(Index rows) const override { return keeps_input() ? rows * this->out : 0; }
  Index work_per_row() const override { return this->in * this->out; }

  void forward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
               const Worker& worker) const override {
    const DenseLayer<T> layer = this->layer(pass);
    T* z = keeps_input() ? slot.saved : slot.y;
    if (layer.splits_columns(worker)) worker.barrier();
    const DensePart part = layer.part(worker, rows, pass.rows, this->out);
    // In blocks, so that the activation finds the product still in cache; not where each block
    // would pack a large W again.
    const Index together = layer.is_large() ? part.rows.size() : kCacheRows;
    for_even_blocks(part.rows, together, [&](Range block) {
      dense_forward(layer, slot.x, z, slot.y, {block, part.columns});
    });
    if (layer.splits_columns(worker)) worker.barrier();
  }

  void backward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
                const Worker& worker) const override {
    const Index first = rows.begin * this->out;
    if (!activation_.linear) {
      T* dy = slot.dy + first;
      const T* z = keeps_input() ? slot.saved + first : nullptr;
      const T* y = keeps_input() ? nullptr : slot.y + first;
      activation_.backward(params_.data(), dy, z, y, dy, rows.size() * this->out);
    }
    if (slot.dx == nullptr) return;
    const DenseLayer<T> layer = this->layer(pass);
    if (layer.splits_columns(worker)) worker.barrier();
    dense_input_gradient(layer, slot.dy, slot.dx, layer.part(worker, rows, pass.rows, this->in));
    if (layer.splits_columns(worker)) worker.barrier();
  }

  void parameter_gradients(const Pass<T>& pass, const Slot<T>& slot, const Worker& worker,
                           const Update<T>* update) const override {
    const Index first = this->first_parameter, W_size = this->in * this->out;
    const Range rows = worker.share(this->in);
    // Half of it stays in L2. Every strip packs dy again, so a large batch wants more rows;
    // where they have no room, dW goes through memory, which costs less than the packing would.
    const Index room = Update<T>::kStrip / std::max<Index>(1, this->out);
    const Index strip = std::max<Index>({1, room / 2, pass.rows / 6});
    const bool fused = update != nullptr && strip <= room;
    const Index step = fused ? strip : this->in;
    for (Index i = rows.begin; i < rows.end; i += step) {
      const Range part{i, std::min(i + step, rows.end)};
      const Range parameters{first + part.begin * this->out, first + part.end * this->out};
      T* dW = fused ? update->strip(worker) : pass.grad + parameters.begin;
      dense_weight_gradient(pass.rows, this->in, this->out, part, slot.x, slot.dy, dW,
                            Slack::behind);
      if (update != nullptr) update->take(dW, parameters);
    }
    if (!bias_) return;
    const Range columns = worker.share(this->out, kColumnGrain);
    T* db = pass.grad + first + W_size;
    column_sums(pass.rows, this->out, columns, slot.dy, db);
    if (update != nullptr) {
      update->take(db + columns.begin,
                   {first + W_size + columns.begin, first + W_size + columns.end});
    }
  }

 private:
  bool keeps_input() const { return !activation_.from_output; }

  DenseLayer<T> layer(const Pass<T>& pass) const {
    const T* W = pass.theta + this->first_parameter;
    const T* b = bias_ ? W + this->in * this->out : nullptr;
    return {this->in, this->out, W, b, &activation_, params_.data(), Slack::behind};
  }

  const bool bias_;
  const Activation<T>& activation_;
  const std::vector<double> params_;
};

}  // namespace fusedmlp
