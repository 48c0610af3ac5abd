// What ops on some of the columns share: the other columns come first in y, in their order, behind
// them what the op makes of the chosen ones.
#pragma once

#include <algorithm>
#include <vector>

#include "network/op.hpp"

namespace fusedmlp {

template <typename T>
class ColumnsOp : public Op<T> {
 protected:
  // `made` numbers per row come out of the chosen columns.
  ColumnsOp(Index in, const std::vector<double>& chosen, Index made)
      : Op<T>(in, in - static_cast<Index>(chosen.size()) + made) {
    std::vector<bool> taken(static_cast<std::size_t>(in), false);
    for (const double column : chosen) {
      chosen_.push_back(static_cast<Index>(column));
      taken[static_cast<std::size_t>(column)] = true;
    }
    for (Index j = 0; j < in; ++j) {
      if (taken[static_cast<std::size_t>(j)]) continue;
      if (runs_.empty() || runs_.back().end != j) runs_.push_back({j, j});
      ++runs_.back().end;
      ++passed_;
    }
  }

  // How many columns pass: where in a row of y the chosen ones begin.
  Index passed() const { return passed_; }
  const std::vector<Index>& chosen() const { return chosen_; }

  void pass_on(const Slot<T>& slot, Range rows) const {
    for (Index i = rows.begin; i < rows.end; ++i) {
      T* y = slot.y + i * this->out;
      for (const Range& run : runs_)
        y = std::copy_n(slot.x + i * this->in + run.begin, run.size(), y);
    }
  }
  // dx of the columns that pass.
  void pass_back(const Slot<T>& slot, Range rows) const {
    for (Index i = rows.begin; i < rows.end; ++i) {
      const T* dy = slot.dy + i * this->out;
      for (const Range& run : runs_) {
        std::copy_n(dy, run.size(), slot.dx + i * this->in + run.begin);
        dy += run.size();
      }
    }
  }

 private:
  std::vector<Index> chosen_;
  std::vector<Range> runs_;  // of columns that pass
  Index passed_ = 0;
};

}  // namespace fusedmlp
