// The batches of a job: their rows, targets, weights and loss.
#include <cmath>

#include "network/job.hpp"

namespace fusedmlp {

template <typename T>
double Job<T>::gather_batch(Index first, Index rows, Range mine) {
  const Workspace<T>& work = network_.training_memory();
  const Data& data = batch_data_;
  gather(data.x, rows_.order, first, mine.begin, mine.end,
         work.value(0) + mine.begin * data.x.columns);
  gather_target(data, first, mine);
  double total = static_cast<double>(rows);
  if (data.weights != nullptr) {
    total = 0.0;
    for (Index i = 0; i < rows; ++i) total += data.weights[rows_.row(first + i)];
  }
  for (Index i = mine.begin; i < mine.end; ++i) {
    weights_[static_cast<std::size_t>(i)] =
        data.weights == nullptr ? 1.0 : data.weights[rows_.row(first + i)];
  }
  // A batch whose rows all weigh nothing changes nothing.
  return total > 0.0 ? 1.0 / total : 0.0;
}

// Rows `mine` of classes_ or target_ become the targets of the rows first + mine of rows_.
template <typename T>
void Job<T>::gather_target(const Data& data, Index first, Range mine) {
  const Index columns = data.target.columns;
  if (!data.classes) {
    gather(data.target, rows_.order, first, mine.begin, mine.end,
           target_.data() + mine.begin * columns);
    return;
  }
  const auto* all = reinterpret_cast<const std::int64_t*>(data.target.data);
  if (columns == 1) {
    // The usual case, without a call of memmove for each row.
    std::int64_t* classes = classes_.data();
    for (Index i = mine.begin; i < mine.end; ++i) classes[i] = all[rows_.row(first + i)];
    return;
  }
  for (Index i = mine.begin; i < mine.end; ++i) {
    std::copy_n(all + rows_.row(first + i) * columns, columns, classes_.data() + i * columns);
  }
}

template <typename T>
void Job<T>::run_loss(const Worker& worker, Index k, Index rows, double scale, Range mine) {
  const double loss_scale = steps_.loss_scales == nullptr ? 1.0 : steps_.loss_scales[k];
  const Workspace<T>& work = network_.training_memory();
  const Index last = network_.plan().size();
  LossBatch<T> batch{};
  batch.pred = work.value(last);
  batch.target = batch_data_.classes ? nullptr : target_.data();
  batch.classes = batch_data_.classes ? classes_.data() : nullptr;
  batch.weights = weights_.data();
  batch.rows = rows;
  batch.outputs = network_.plan().out_features();
  batch.scale = scale * loss_scale;
  batch.dpred = work.gradient(last);
  if (objective_.loss != nullptr) return objective_.run(batch, mine);
  worker.barrier();
  if (worker.first()) {
    const double* weights = batch_data_.weights == nullptr ? nullptr : weights_.data();
    custom_value_ = objective_.custom(batch.pred, batch.target, batch.classes, weights, rows,
                                      batch_data_.target.columns, batch.dpred);
    if (loss_scale != 1.0) {
      const T factor = static_cast<T>(loss_scale);
      for (Index i = 0; i < rows * batch.outputs; ++i) batch.dpred[i] *= factor;
    }
  }
  worker.barrier();
}

template <typename T>
void Job<T>::add_up_loss(Index k, Index rows) {
  double weight = 0.0;
  for (Index i = 0; i < rows; ++i) weight += weights_[static_cast<std::size_t>(i)];
  const double loss = objective_.loss == nullptr ? custom_value_ * weight
                                                 : objective_.weighted_sum(weights_.data(), rows);
  result_.last_loss = weight > 0.0 ? loss / weight : 0.0;
  result_.finite = go_on_ = std::isfinite(loss);
  if (result_.finite) {
    result_.loss_sum += loss;
    result_.weight_sum += weight;
  }
  if (settings_.trace != nullptr) {
    double decayed = 0.0;
    for (Index c = 0; c < chunks(); ++c) decayed += decayed_sums_[static_cast<std::size_t>(c)];
    settings_.trace[2 * k] = result_.last_loss;
    settings_.trace[2 * k + 1] = decayed;
  }
}

template double Job<float>::gather_batch(Index, Index, Range);
template void Job<float>::gather_target(const Data&, Index, Range);
template void Job<float>::run_loss(const Worker&, Index, Index, double, Range);
template void Job<float>::add_up_loss(Index, Index);
template double Job<double>::gather_batch(Index, Index, Range);
template void Job<double>::gather_target(const Data&, Index, Range);
template void Job<double>::run_loss(const Worker&, Index, Index, double, Range);
template void Job<double>::add_up_loss(Index, Index);

}  // namespace fusedmlp
