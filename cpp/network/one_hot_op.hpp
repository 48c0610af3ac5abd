// One-hot columns: each index sets one of its outputs to `on`, the others are `off`.
#pragma once

#include "kernels/gathers.hpp"
#include "network/columns_op.hpp"

namespace fusedmlp {

template <typename T>
class OneHotOp final : public ColumnsOp<T> {
 public:
  OneHotOp(Index in, const OpSpec& spec)
      : ColumnsOp<T>(in, spec.numbers("columns"), static_cast<Index>(spec.numbers("off").size())),
        skipped_(spec.size("skip_first")) {
    for (const double size : spec.numbers("sizes")) sizes_.push_back(static_cast<Index>(size));
    for (const double v : spec.numbers("off")) off_.push_back(static_cast<T>(v));
    for (const double v : spec.numbers("on")) on_.push_back(static_cast<T>(v));
  }

  void forward(const Pass<T>&, const Slot<T>& slot, Range rows, const Worker&) const override {
    this->pass_on(slot, rows);
    for (Index i = rows.begin; i < rows.end; ++i) {
      T* y = slot.y + i * this->out + this->passed();
      std::copy(off_.begin(), off_.end(), y);
      Index first = 0;
      for (std::size_t k = 0; k < sizes_.size(); ++k) {
        const T value = slot.x[i * this->in + this->chosen()[k]];
        // -1: index 0 where that one has no output.
        const Index set = category(value, sizes_[k]) - skipped_;
        if (set >= 0) y[first + set] = on_[static_cast<std::size_t>(first + set)];
        first += sizes_[k] - skipped_;
      }
    }
  }

  // Indices have no derivative.
  void backward(const Pass<T>&, const Slot<T>& slot, Range rows, const Worker&) const override {
    if (slot.dx == nullptr) return;
    std::fill_n(slot.dx + rows.begin * this->in, rows.size() * this->in, T(0));
    this->pass_back(slot, rows);
  }

 private:
  const Index skipped_;
  std::vector<Index> sizes_;
  std::vector<T> off_, on_;
};

}  // namespace fusedmlp
