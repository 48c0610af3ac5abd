// A residual block y = x + inner(x): `begin` hands x on, `end` adds it to what the inner layers
// made of it. Slot::partner is the other end's x (forward) or dy (backward).
#pragma once

#include <algorithm>

#include "kernels/vec.hpp"
#include "network/op.hpp"

namespace fusedmlp {

template <typename T>
void add(Index n, const T* a, const T* b, T* sum) {
  map(n, sum, [](Vec<T> u, Vec<T> v) { return u + v; }, a, b);
}

template <typename T>
class ResidualBeginOp final : public Op<T> {
 public:
  ResidualBeginOp(Index in, const OpSpec&) : Op<T>(in, in) {}

  void forward(const Pass<T>&, const Slot<T>& slot, Range rows, const Worker&) const override {
    const Index first = rows.begin * this->in;
    std::copy_n(slot.x + first, rows.size() * this->in, slot.y + first);
  }

  void backward(const Pass<T>&, const Slot<T>& slot, Range rows, const Worker&) const override {
    if (slot.dx == nullptr) return;
    const Index first = rows.begin * this->in;
    add(rows.size() * this->in, slot.dy + first, slot.partner + first, slot.dx + first);
  }
};

template <typename T>
class ResidualEndOp final : public Op<T> {
 public:
  ResidualEndOp(Index in, const OpSpec&) : Op<T>(in, in) {}

  void forward(const Pass<T>&, const Slot<T>& slot, Range rows, const Worker&) const override {
    const Index first = rows.begin * this->in;
    add(rows.size() * this->in, slot.x + first, slot.partner + first, slot.y + first);
  }

  // dy itself stays as it is: the block's begin reads it.
  void backward(const Pass<T>&, const Slot<T>& slot, Range rows, const Worker&) const override {
    if (slot.dx == nullptr) return;
    const Index first = rows.begin * this->in;
    std::copy_n(slot.dy + first, rows.size() * this->in, slot.dx + first);
  }
};

}  // namespace fusedmlp
