// Dense layer with its activation. Parameters: W, b, and with a trained share of the activation a.
#pragma once

#include <algorithm>

#include "kernels/blend.hpp"
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
        params_(spec.numbers("params")),
        scale_(static_cast<T>(spec.number("scale"))),
        blended_(spec.flag("blended")) {
    this->num_parameters = in * this->out + (bias_ ? this->out : 0) + (blended_ ? this->out : 0);
  }

  // An activation whose derivative needs its input keeps z = x W + b beside y; a blended one keeps
  // f(z), too.
  Index saved_size(Index rows) const override {
    return (blended_ ? 2 : keeps_input() ? 1 : 0) * rows * this->out;
  }
  Index work_per_row() const override { return this->in * this->out; }

  void forward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
               const Worker& worker) const override {
    const DenseLayer<T> layer = this->layer(pass);
    T* z = keeps_input() ? slot.saved : slot.y;
    if (layer.splits_columns(worker)) worker.barrier();
    layer.each_part(worker, rows, pass.rows, this->out, [&](DensePart part) {
      // In blocks, so that the activation finds the product still in cache; not where each block
      // would pack a large W again.
      const Index together = layer.is_large() ? part.rows.size() : kCacheRows;
      for_even_blocks(part.rows, together, [&](Range block) {
        if (!blended_) return dense_forward(layer, slot.x, z, slot.y, {block, part.columns});
        T* f = activated(pass, slot);
        dense_forward(layer, slot.x, z, f, {block, part.columns});
        blend(pass).forward(block, part.columns, z, f, slot.y);
      });
    });
    if (layer.splits_columns(worker)) worker.barrier();
  }

  void backward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
                const Worker& worker) const override {
    const Index first = rows.begin * this->out;
    if (blended_) {
      blend(pass).backward(rows, slot.saved, activated(pass, slot), slot.dy);
    } else if (!activation_.linear) {
      T* dy = slot.dy + first;
      const T* z = keeps_input() ? slot.saved + first : nullptr;
      const T* y = keeps_input() ? nullptr : slot.y + first;
      activation_.backward(params_.data(), dy, z, y, dy, rows.size() * this->out);
    }
    // From here on dy is the gradient of x W.
    if (scale_ != T(1)) {
      T* dy = slot.dy + first;
      map(rows.size() * this->out, dy, [s = scale_](Vec<T> d) { return d * s; }, dy);
    }
    if (slot.dx == nullptr) return;
    const DenseLayer<T> layer = this->layer(pass);
    if (layer.splits_columns(worker)) worker.barrier();
    layer.each_part(worker, rows, pass.rows, this->in,
                    [&](DensePart part) { dense_input_gradient(layer, slot.dy, slot.dx, part); });
    if (layer.splits_columns(worker)) worker.barrier();
  }

  void parameter_gradients(const Pass<T>& pass, const Slot<T>& slot, const Worker& worker,
                           const Update<T>* update) const override {
    const Index first = this->first_parameter, W_size = this->in * this->out;
    // Half of it stays in L2. Every strip packs dy again, so a large batch wants more rows;
    // where they have no room, dW goes through memory, which costs less than the packing would.
    const Index room = Update<T>::kStrip / std::max<Index>(1, this->out);
    const Index strip = std::max<Index>({1, room / 2, pass.rows / 6});
    const bool fused = update != nullptr && strip <= room;
    const Index step = fused ? strip : this->in;
    const auto strips = [&](Range rows) {
      for (Index i = rows.begin; i < rows.end; i += step) {
        const Range part{i, std::min(i + step, rows.end)};
        const Range parameters{first + part.begin * this->out, first + part.end * this->out};
        T* dW = fused ? update->strip(worker) : pass.grad + parameters.begin;
        dense_weight_gradient(pass.rows, this->in, this->out, part, slot.x, slot.dy, dW,
                              Slack::behind);
        if (update != nullptr) update->take(dW, parameters);
      }
    };
    worker.share_out(this->in, 1, layer(pass).piece(this->in, std::max(strip, kPiece)), strips);
    Index next = first + W_size;
    const double unscaled = 1.0 / static_cast<double>(scale_);
    if (bias_) sum_rows(pass, slot.dy, unscaled, next, worker, update);
    next += bias_ ? this->out : 0;
    if (blended_) sum_rows(pass, activated(pass, slot), 1.0, next, worker, update);
  }

 private:
  bool keeps_input() const { return blended_ || !activation_.from_output; }
  // f(z) of a blended activation; after backward the terms of the gradient of a.
  T* activated(const Pass<T>& pass, const Slot<T>& slot) const {
    return slot.saved + pass.rows * this->out;
  }

  // This worker's share of a vector of gradients: sums over the rows of `terms`, times a factor.
  void sum_rows(const Pass<T>& pass, const T* terms, double times, Index parameter,
                const Worker& worker, const Update<T>* update) const {
    const Range columns = worker.share(this->out, kColumnGrain);
    T* sums = pass.grad + parameter;
    sum_columns<T>(
        pass.rows, columns, [=](auto strip, Index i) { return strip.load(terms + i * this->out); },
        [=](Index j, double sum) { sums[j] = static_cast<T>(sum * times); });
    if (update != nullptr) {
      update->take(sums + columns.begin, {parameter + columns.begin, parameter + columns.end});
    }
  }

  Blend<T> blend(const Pass<T>& pass) const {
    const Index last = this->first_parameter + this->num_parameters - this->out;
    return {&activation_, params_.data(), this->out, pass.theta + last};
  }

  DenseLayer<T> layer(const Pass<T>& pass) const {
    const T* W = pass.theta + this->first_parameter;
    const T* b = bias_ ? W + this->in * this->out : nullptr;
    return {this->in, this->out, W, b, &activation_, params_.data(), Slack::behind, scale_};
  }

  const bool bias_;
  const Activation<T>& activation_;
  const std::vector<double> params_;
  const T scale_;
  const bool blended_;
};

}  // namespace fusedmlp
