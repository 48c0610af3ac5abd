// An activation as a layer of its own.
#pragma once

#include "network/lookup.hpp"
#include "network/op.hpp"

namespace fusedmlp {

template <typename T>
class ActivationOp final : public Op<T> {
 public:
  ActivationOp(Index in, const OpSpec& spec)
      : Op<T>(in, in),
        activation_(require_activation<T>(spec.text("activation"))),
        params_(spec.numbers("params")) {}

  void forward(const Pass<T>&, const Slot<T>& slot, Range rows, const Worker&) const override {
    const Index first = rows.begin * this->in;
    activation_.forward(params_.data(), slot.x + first, slot.y + first, rows.size() * this->in);
  }

  void backward(const Pass<T>&, const Slot<T>& slot, Range rows, const Worker&) const override {
    if (slot.dx == nullptr) return;
    const Index first = rows.begin * this->in;
    const T* y = activation_.from_output ? slot.y + first : nullptr;
    activation_.backward(params_.data(), slot.dy + first, slot.x + first, y, slot.dx + first,
                         rows.size() * this->in);
  }

 private:
  const Activation<T>& activation_;
  const std::vector<double> params_;
};

}  // namespace fusedmlp
