// The layers of a network in order, and where each one's parameters and running statistics lie.
#pragma once

#include "network/op.hpp"

namespace fusedmlp {

template <typename T>
class Plan {
 public:
  Plan(Index in_features, const std::vector<OpSpec>& specs);

  Index in_features() const { return in_features_; }
  Index out_features() const { return ops_.empty() ? in_features_ : ops_.back()->out; }
  Index num_parameters() const { return num_parameters_; }
  Index num_buffers() const { return num_buffers_; }
  Index work_per_row() const { return work_per_row_; }

  Index size() const { return static_cast<Index>(ops_.size()); }
  const Op<T>& op(Index i) const { return *ops_[static_cast<std::size_t>(i)]; }
  // Width of the value that op i reads; value size() is the output.
  Index width(Index value) const { return value == 0 ? in_features_ : op(value - 1).out; }
  // The other end of a residual block, or -1.
  Index partner(Index i) const { return partners_[static_cast<std::size_t>(i)]; }
  // Whether a training batch of one row has no meaning.
  bool needs_batch() const { return needs_batch_; }
  // Whether any op from 0 to i (not included) has parameters, so that op i must give dx.
  bool needs_dx(Index i) const { return op(i).first_parameter > 0; }

 private:
  Index in_features_;
  Index num_parameters_ = 0, num_buffers_ = 0, work_per_row_ = 0;
  bool needs_batch_ = false;
  std::vector<std::unique_ptr<Op<T>>> ops_;
  std::vector<Index> partners_;
};

}  // namespace fusedmlp
