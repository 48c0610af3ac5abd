// Rows to train or to be measured on: inputs, targets and weights, in the user's own memory.
#pragma once

#include <algorithm>

#include "network/rows.hpp"

namespace fusedmlp {

struct Data {
  Rows x, target;
  Index count = 0;                  // rows of x
  bool classes = false;             // target holds int64 class indices
  const double* weights = nullptr;  // one per row, or null: all rows weigh 1
};

// Some rows of the data: those in `order`, or all where it is null.
struct Selection {
  const std::int64_t* order = nullptr;
  Index count = 0;

  Index row(Index i) const { return order == nullptr ? i : static_cast<Index>(order[i]); }
};

// How a selection is cut into batches: of `size` rows, the last one shorter, where a lone last row
// joins the batch before it if a batch of one row has no meaning; or into `pieces` that differ by
// one row at most, if that is not 0.
class Batches {
 public:
  Batches(Index count, Index size, bool join_lone_row, Index pieces = 0)
      : count_(count), size_(size), pieces_(pieces), steps_(pieces) {
    // Divisions of this kind take longer than all else around the step of a tiny net: once.
    if (pieces > 0) return;
    const Index whole = count / size, rest = count % size;
    steps_ = whole + (rest > 0 && !(join_lone_row && rest == 1 && whole > 0) ? 1 : 0);
  }

  Index steps() const { return steps_; }
  Index begin(Index step) const { return pieces_ > 0 ? count_ * step / pieces_ : step * size_; }
  Index rows(Index step) const {
    return (step + 1 == steps_ ? count_ : begin(step + 1)) - begin(step);
  }
  // The most rows that a batch has.
  Index most() const {
    if (pieces_ > 0) return (count_ + pieces_ - 1) / pieces_;
    const Index rows_of_last = steps_ == 0 ? 0 : rows(steps_ - 1);
    return std::max(std::min(size_, count_), rows_of_last);
  }

 private:
  Index count_, size_, pieces_, steps_;
};

}  // namespace fusedmlp
