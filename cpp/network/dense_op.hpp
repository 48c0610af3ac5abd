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
        linear_(spec.text("activation") == "identity"),
        params_(spec.numbers("params")) {
    this->num_parameters = in * this->out + (bias_ ? this->out : 0);
  }

  // An activation whose derivative needs its input keeps x W + b beside y.
  Index saved_size(Index rows) const override { return keeps_input() ? rows * this->out : 0; }
  Index work_per_row() const override { return this->in * this->out; }

  void forward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
               const Worker& worker) const override {
    if (splits_columns(worker)) {
      worker.barrier();
      forward_part(pass, slot, {0, pass.rows}, worker.share(this->out, kColumnGrain));
      worker.barrier();
    } else {
      forward_part(pass, slot, rows, {0, this->out});
    }
  }

  void backward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
                const Worker& worker) const override {
    const Index first = rows.begin * this->out;
    if (!linear_) {
      T* dy = slot.dy + first;
      const T* z = keeps_input() ? slot.saved + first : nullptr;
      const T* y = keeps_input() ? nullptr : slot.y + first;
      activation_.backward(params_.data(), dy, z, y, dy, rows.size() * this->out);
    }
    if (slot.dx == nullptr) return;
    if (splits_columns(worker)) {
      worker.barrier();
      input_gradient(pass, slot, {0, pass.rows}, worker.share(this->in, kColumnGrain));
      worker.barrier();
    } else {
      input_gradient(pass, slot, rows, {0, this->in});
    }
  }

  void parameter_gradients(const Pass<T>& pass, const Slot<T>& slot, const Worker& worker,
                           const Update<T>* update) const override {
    const Index first = this->first_parameter, W_size = this->in * this->out;
    const Range rows = worker.share(this->in);
    // Half the room stays in L2. Every strip packs dy again, so a large batch wants more rows;
    // where they have no room, dW goes through memory, which costs less than the packing would.
    const Index room = Update<T>::kStrip / std::max<Index>(1, this->out);
    const Index strip = std::max<Index>({1, room / 2, pass.rows / 6});
    const bool fused = update != nullptr && strip <= room;
    const Index step = fused ? strip : this->in;
    for (Index i = rows.begin; i < rows.end; i += step) {
      const Range part{i, std::min(i + step, rows.end)};
      const Range parameters{first + part.begin * this->out, first + part.end * this->out};
      T* dW = fused ? update->strip(worker) : pass.grad + parameters.begin;
      dense_weight_gradient(pass.rows, this->in, this->out, part, slot.x, slot.dy, dW, true);
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

  bool splits_columns(const Worker& worker) const { return worker.count > 1 && is_large(); }
  bool is_large() const { return fusedmlp::splits_columns(this->in, this->out); }

  void forward_part(const Pass<T>& pass, const Slot<T>& slot, Range rows, Range columns) const {
    const T* W = pass.theta + this->first_parameter;
    const T* b = bias_ ? W + this->in * this->out : nullptr;
    const bool all = columns.size() == this->out;
    // Rows in even blocks, so that the activation finds the product still in cache; not where each
    // block would pack a large W again.
    const Index blocks = all && !is_large() ? std::max<Index>(1, (rows.size() + 111) / 112) : 1;
    const Index block = std::max<Index>(1, (rows.size() + blocks - 1) / blocks);
    for (Index i = rows.begin; i < rows.end; i += block) {
      const Index count = std::min(block, rows.end - i);
      T* y = slot.y + i * this->out;
      T* z = keeps_input() ? slot.saved + i * this->out : y;
      dense_forward(count, this->in, this->out, slot.x + i * this->in, W, b, z, columns, true);
      if (linear_) continue;
      if (all) {
        activation_.forward(params_.data(), z, y, count * this->out);
        continue;
      }
      for (Index r = 0; r < count; ++r) {
        const Index at = r * this->out + columns.begin;
        activation_.forward(params_.data(), z + at, y + at, columns.size());
      }
    }
  }

  void input_gradient(const Pass<T>& pass, const Slot<T>& slot, Range rows, Range columns) const {
    dense_input_gradient(rows.size(), this->in, this->out, slot.dy + rows.begin * this->out,
                         pass.theta + this->first_parameter, slot.dx + rows.begin * this->in,
                         columns);
  }

  const bool bias_;
  const Activation<T>& activation_;
  const bool linear_;
  const std::vector<double> params_;
};

}  // namespace fusedmlp
