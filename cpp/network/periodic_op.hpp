// Periodic embedding. Parameters: frequency, phase, weight, bias.
#pragma once

#include "kernels/periodic.hpp"
#include "network/numeric_op.hpp"

namespace fusedmlp {

template <typename T>
class PeriodicOp final : public NumericOp<T> {
 public:
  PeriodicOp(Index in, const OpSpec& spec)
      : NumericOp<T>(in, spec), frequencies_(spec.size("frequencies")) {
    this->num_parameters = waves() * (2 + this->dim) + this->features * this->dim;
  }

  // A cosine is worth about eight multiply-adds.
  Index work_per_row() const override { return this->out + waves() * (8 + this->dim); }

  void forward(const Pass<T>& pass, const Slot<T>& slot, Range rows, const Worker&) const override {
    this->spread(pass, slot, rows);
    const PeriodicEmbedding<T> embedding = this->embedding(pass);
    for (Index f = 0; f < this->features; ++f) {
      T* e = slot.y + this->place(f) + 1;
      embedding.forward(f, rows, this->values(slot), e, this->out);
    }
  }

  void backward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
                const Worker&) const override {
    this->collect(pass, slot, rows);
    if (slot.dx == nullptr) return;
    const PeriodicEmbedding<T> embedding = this->embedding(pass);
    for (Index f = 0; f < this->features; ++f) {
      T* dx = slot.dx + this->chosen()[static_cast<std::size_t>(f)];
      embedding.input_gradient(f, rows, this->values(slot), this->gradients(pass, slot), dx,
                               this->in);
    }
  }

  void parameter_gradients(const Pass<T>& pass, const Slot<T>& slot, const Worker& worker,
                           const Update<T>* update) const override {
    const Index dim = this->dim, first = this->first_parameter;
    const Index phase = first + waves(), weight = phase + waves(), bias = weight + waves() * dim;
    T* grad = pass.grad;
    const Range mine = worker.share(waves());
    embedding(pass).wave_gradients(mine, this->values(slot), this->gradients(pass, slot),
                                   grad + first, grad + phase, grad + weight);
    const Range features = worker.share(this->features);
    this->bias_gradients(pass, slot, features, grad + bias);
    if (update == nullptr) return;
    const auto take = [&](Index begin, Index end) { update->take(grad + begin, {begin, end}); };
    take(first + mine.begin, first + mine.end);
    take(phase + mine.begin, phase + mine.end);
    take(weight + mine.begin * dim, weight + mine.end * dim);
    take(bias + features.begin * dim, bias + features.end * dim);
  }

 private:
  Index waves() const { return this->features * frequencies_; }

  PeriodicEmbedding<T> embedding(const Pass<T>& pass) const {
    const T* frequency = pass.theta + this->first_parameter;
    const T* weight = frequency + 2 * waves();
    return {this->features,
            frequencies_,
            this->dim,
            frequency,
            frequency + waves(),
            weight,
            weight + waves() * this->dim,
            pass.rows};
  }

  const Index frequencies_;
};

}  // namespace fusedmlp
