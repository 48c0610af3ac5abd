// Piecewise linear embedding. Parameters: weight, bias; fixed state: the edges of the bins.
#pragma once

#include "kernels/piecewise.hpp"
#include "network/numeric_op.hpp"

namespace fusedmlp {

template <typename T>
class PiecewiseOp final : public NumericOp<T> {
 public:
  PiecewiseOp(Index in, const OpSpec& spec) : NumericOp<T>(in, spec), bins_(spec.size("bins")) {
    this->num_parameters = this->features * (bins_ + 1) * this->dim;
    this->num_buffers = this->features * (bins_ + 1);
  }

  // Besides: bin and place in the bin of each value, and what e is at the beginning of each bin.
  Index saved_size(Index rows) const override {
    return NumericOp<T>::saved_size(rows) + 2 * rows * this->features + table() * this->features;
  }
  Index work_per_row() const override { return this->out + this->features * bins_ / 4; }

  void forward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
               const Worker& worker) const override {
    const PiecewiseEmbedding<T> embedding = this->embedding(pass);
    T* before = bin(pass, slot) + 2 * pass.rows * this->features;
    const Range mine = worker.share(this->features);
    for (Index f = mine.begin; f < mine.end; ++f) embedding.sum_up(f, before + f * table());
    this->spread(pass, slot, rows);
    worker.barrier();
    for (Index f = 0; f < this->features; ++f) {
      embedding.forward(f, rows, this->values(slot), before + f * table(), bin(pass, slot),
                        share(pass, slot), slot.y + this->place(f) + 1, this->out);
    }
  }

  void backward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
                const Worker&) const override {
    this->collect(pass, slot, rows);
    if (slot.dx == nullptr) return;
    const PiecewiseEmbedding<T> embedding = this->embedding(pass);
    for (Index f = 0; f < this->features; ++f) {
      T* dx = slot.dx + this->chosen()[static_cast<std::size_t>(f)];
      embedding.input_gradient(f, rows, bin(pass, slot), this->gradients(pass, slot), dx, this->in);
    }
  }

  void parameter_gradients(const Pass<T>& pass, const Slot<T>& slot, const Worker& worker,
                           const Update<T>* update) const override {
    const PiecewiseEmbedding<T> embedding = this->embedding(pass);
    const Index first = this->first_parameter, bias = first + this->features * table();
    const Range mine = worker.share(this->features);
    for (Index f = mine.begin; f < mine.end; ++f) {
      embedding.weight_gradient(f, bin(pass, slot), share(pass, slot), this->gradients(pass, slot),
                                pass.grad + first + f * table());
    }
    this->bias_gradients(pass, slot, mine, pass.grad + bias);
    if (update == nullptr) return;
    const auto take = [&](Index begin, Index end) {
      update->take(pass.grad + begin, {begin, end});
    };
    take(first + mine.begin * table(), first + mine.end * table());
    take(bias + mine.begin * this->dim, bias + mine.end * this->dim);
  }

 private:
  Index table() const { return bins_ * this->dim; }
  T* bin(const Pass<T>& pass, const Slot<T>& slot) const {
    return slot.saved + NumericOp<T>::saved_size(pass.rows);
  }
  T* share(const Pass<T>& pass, const Slot<T>& slot) const {
    return bin(pass, slot) + pass.rows * this->features;
  }

  PiecewiseEmbedding<T> embedding(const Pass<T>& pass) const {
    const T* weight = pass.theta + this->first_parameter;
    return {bins_,
            this->dim,
            pass.buffers + this->first_buffer,
            weight,
            weight + this->features * table(),
            pass.rows};
  }

  const Index bins_;
};

}  // namespace fusedmlp
