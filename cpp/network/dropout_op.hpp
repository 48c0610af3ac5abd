// Dropout: a mask in training, nothing in inference.
#pragma once

#include <algorithm>

#include "kernels/dropout.hpp"
#include "network/op.hpp"

namespace fusedmlp {

template <typename T>
class DropoutOp final : public Op<T> {
 public:
  DropoutOp(Index in, const OpSpec& spec) : Op<T>(in, in), p_(spec.number("p")) {}

  // The mask, one byte per element.
  Index saved_size(Index rows) const override {
    return rows * this->in / static_cast<Index>(sizeof(T)) + 1;
  }

  void forward(const Pass<T>& pass, const Slot<T>& slot, Range rows, const Worker&) const override {
    const Index first = rows.begin * this->in, n = rows.size() * this->in;
    if (!pass.training) {
      std::copy_n(slot.x + first, n, slot.y + first);
      return;
    }
    const MaskSource source{pass.seed, kLayerStream + static_cast<std::uint32_t>(this->position),
                            pass.draw};
    dropout_forward(p_ * pass.dropout, source, first, n, slot.x + first, slot.y + first,
                    mask(slot) + first);
  }

  void backward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
                const Worker&) const override {
    if (slot.dx == nullptr) return;
    const Index first = rows.begin * this->in, n = rows.size() * this->in;
    if (pass.training) {
      dropout_backward(p_ * pass.dropout, n, slot.dy + first, mask(slot) + first, slot.dx + first);
    } else {
      std::copy_n(slot.dy + first, n, slot.dx + first);
    }
  }

 private:
  static bool* mask(const Slot<T>& slot) { return reinterpret_cast<bool*>(slot.saved); }

  const double p_;
};

}  // namespace fusedmlp
