#include "network/objective.hpp"

#include <algorithm>

namespace fusedmlp {

template <typename T>
void Objective<T>::reserve(Index rows) {
  const auto size = static_cast<std::size_t>(rows * groups);
  if (row_loss_.size() >= size) return;
  row_scale_.resize(size);
  row_loss_.resize(size);
}

template <typename T>
void Objective<T>::run(const LossBatch<T>& batch, Range part, Index first) {
  const Index at = (first + part.begin) * groups;
  for (Index i = part.begin; i < part.end; ++i) {
    const double scale = batch.weights[i] * batch.scale / static_cast<double>(groups);
    std::fill_n(row_scale_.begin() + (first + i) * groups, groups, scale);
  }
  LossRows<T> rows{};
  rows.pred = batch.pred + part.begin * batch.outputs;
  if (batch.target != nullptr) rows.target = batch.target + part.begin * batch.outputs;
  if (batch.classes != nullptr) rows.classes = batch.classes + part.begin * groups;
  rows.rows = part.size() * groups;
  rows.cols = batch.outputs / groups;
  rows.row_scale = row_scale_.data() + at;
  rows.row_loss = row_loss_.data() + at;
  if (batch.dpred != nullptr) rows.dpred = batch.dpred + part.begin * batch.outputs;
  loss->rows(params.data(), rows);
}

template <typename T>
double Objective<T>::weighted_sum(const double* weights, Index rows) const {
  double sum = 0.0;
  if (groups == 1) {
    for (Index i = 0; i < rows; ++i) sum += weights[i] * row_loss_[static_cast<std::size_t>(i)];
    return sum;
  }
  for (Index i = 0; i < rows; ++i) {
    double row = 0.0;
    for (Index k = 0; k < groups; ++k) row += row_loss_[static_cast<std::size_t>(i * groups + k)];
    sum += weights[i] * (row / static_cast<double>(groups));
  }
  return sum;
}

template class Objective<float>;
template class Objective<double>;

}  // namespace fusedmlp
