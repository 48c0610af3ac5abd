// What a network is trained for: a loss of the table, or one written by the user.
#pragma once

#include <functional>
#include <vector>

#include "kernels/losses.hpp"
#include "kernels/parallel.hpp"

namespace fusedmlp {

// A loss of the user's own: fills dpred from pred, returns the batch's loss. Called by one thread.
// weights is null where all rows weigh 1.
template <typename T>
using CustomLoss =
    std::function<double(const T* pred, const T* target, const std::int64_t* classes,
                         const double* weights, Index rows, Index target_columns, T* dpred)>;

// One batch of predictions with targets and weights.
template <typename T>
struct LossBatch {
  const T* pred;                // (rows, outputs)
  const T* target;              // (rows, outputs), or null
  const std::int64_t* classes;  // (rows, groups), or null
  const double* weights;        // (rows)
  Index rows, outputs;
  double scale;  // dpred is scale * weights[i] * dl_i/dpred
  T* dpred;      // null: values only
};

// A row's outputs may be groups of equal width with a target each (members that share layers,
// steps of a sequence): its loss is the mean over the groups.
template <typename T>
class Objective {
 public:
  const Loss<T>* loss = nullptr;  // null: custom
  std::vector<double> params;
  CustomLoss<T> custom;
  Index groups = 1;

  // Allocates memory for batches of up to `rows` rows.
  void reserve(Index rows);
  // Losses and gradients of the rows `part` of a batch; not for a custom loss. The losses are kept
  // for row `first` + i.
  void run(const LossBatch<T>& batch, Range part, Index first = 0);
  // sum of w_i l_i over the first `rows` rows, in their order: the same bits for any team.
  double weighted_sum(const double* weights, Index rows) const;

 private:
  std::vector<double> row_scale_, row_loss_;  // (rows, groups)
};

}  // namespace fusedmlp
