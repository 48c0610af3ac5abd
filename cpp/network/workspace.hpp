// Scratch memory of one pass: every value between layers, its gradient, and what layers save.
#pragma once

#include <cstddef>
#include <new>

#include "kernels/memory.hpp"
#include "network/plan.hpp"

namespace fusedmlp {

template <typename T>
class Workspace {
 public:
  enum class Use { predict, train };

  // Allocates memory for `rows` rows unless there is enough. May throw bad_alloc.
  void reserve(const Plan<T>& plan, Index rows, Use use) {
    if (rows <= rows_ && (use == Use::predict || trains_)) return;
    const bool train = use == Use::train || trains_;
    values_.assign(static_cast<std::size_t>(plan.size() + 1), nullptr);
    gradients_ = saved_ = values_;
    rows_ = 0;
    memory_.reset();
    // Twice through the same layout: first to add up the size, then to hand out addresses.
    const std::size_t size = lay_out(plan, rows, train, nullptr);
    memory_.reset(static_cast<T*>(allocate(size * sizeof(T))));
    lay_out(plan, rows, train, memory_.get());
    rows_ = rows;
    trains_ = train;
  }

  T* value(Index i) const { return values_[static_cast<std::size_t>(i)]; }
  T* gradient(Index i) const { return gradients_[static_cast<std::size_t>(i)]; }

  Slot<T> slot(const Plan<T>& plan, Index i) const {
    Slot<T> s;
    s.x = value(i);
    s.y = value(i + 1);
    s.dx = gradient(i);
    s.dy = gradient(i + 1);
    s.saved = saved_[static_cast<std::size_t>(i)];
    const Index partner = plan.partner(i);
    // A block's end adds the value its begin read; its begin adds the gradient its end received.
    if (partner >= 0) s.partner = partner < i ? value(partner) : gradient(partner + 1);
    return s;
  }

 private:
  static constexpr std::size_t kAlign = 64;
  struct Free {
    void operator()(T* p) const { free_aligned(p); }
  };

  static void* allocate(std::size_t bytes) {
    // Zeroed, so that no pass reads a NaN left by other code; slack lets packets read past the end.
    const std::size_t padded = (bytes + 4 * kAlign) / kAlign * kAlign;
    void* p = aligned_memory(padded);
    if (p == nullptr) throw std::bad_alloc();
    std::fill_n(static_cast<char*>(p), padded, 0);
    return p;
  }

  std::size_t lay_out(const Plan<T>& plan, Index rows, bool train, T* base) {
    std::size_t used = 0;
    const auto take = [&](Index count) {
      T* p = base == nullptr ? nullptr : base + used;
      constexpr std::size_t line = kAlign / sizeof(T);
      used += (static_cast<std::size_t>(count) + line - 1) / line * line;
      return p;
    };
    for (Index i = 0; i <= plan.size(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      values_[at] = take(rows * plan.width(i));
      if (train) gradients_[at] = take(rows * plan.width(i));
      if (i < plan.size()) saved_[at] = take(plan.op(i).saved_size(rows));
    }
    return used;
  }

  Index rows_ = 0;
  bool trains_ = false;
  std::vector<T*> values_, gradients_, saved_;
  std::unique_ptr<T, Free> memory_;
};

}  // namespace fusedmlp
