// Loss and metrics of a job, without training.
#include "network/grow.hpp"
#include "network/job.hpp"

namespace fusedmlp {

template <typename T>
EpochResult Job<T>::evaluate(const Data& data, const Selection& rows, T* pred,
                             const Metrics& metrics, std::vector<std::optional<double>>& values) {
  const Index out = network_.plan().out_features(), columns = data.target.columns;
  const Index width = data.classes ? 0 : columns, classes = data.classes ? columns : 0;
  objective_.reserve(rows.count);
  grow(weights_, rows.count);
  grow(target_, rows.count * width);
  grow(classes_, rows.count * classes);
  if (pred == nullptr && !metrics.empty()) {
    grow(pred_, rows.count * out);
    pred = pred_.data();
  }
  for (Index i = 0; i < rows.count; ++i) {
    weights_[static_cast<std::size_t>(i)] =
        data.weights == nullptr ? 1.0 : data.weights[rows.row(i)];
  }
  rows_ = rows;
  network_.predict_blocks(data.x, rows, threads(), [&](Range block, const T* y) {
    if (pred != nullptr) std::copy_n(y, block.size() * out, pred + block.begin * out);
    gather_target(data, 0, block);
    if (objective_.loss == nullptr) return;
    LossBatch<T> batch{};
    batch.pred = y;
    batch.target = data.classes ? nullptr : target_.data() + block.begin * columns;
    batch.classes = data.classes ? classes_.data() + block.begin * columns : nullptr;
    batch.weights = weights_.data() + block.begin;
    batch.outputs = out;
    objective_.run(batch, {0, block.size()}, block.begin);
  });
  // A row's class, or a value for each of its outputs.
  const bool comparable = data.classes ? classes == 1 : width == out;
  const Outcome<T> outcome{pred, data.classes ? nullptr : target_.data(),
                           data.classes ? classes_.data() : nullptr, rows.count, out};
  values.clear();
  for (const Metric<T>* metric : metrics) {
    values.push_back(comparable && rows.count > 0 ? metric->value(outcome) : std::nullopt);
  }
  EpochResult result;
  for (Index i = 0; i < rows.count; ++i) result.weight_sum += weights_[static_cast<std::size_t>(i)];
  if (objective_.loss != nullptr) {
    result.loss_sum = objective_.weighted_sum(weights_.data(), rows.count);
  }
  return result;
}

template EpochResult Job<float>::evaluate(const Data&, const Selection&, float*, const Metrics&,
                                          std::vector<std::optional<double>>&);
template EpochResult Job<double>::evaluate(const Data&, const Selection&, double*, const Metrics&,
                                           std::vector<std::optional<double>>&);

}  // namespace fusedmlp
