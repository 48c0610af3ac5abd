// The training loop: batches of rows through forward, loss, backward, clipping and the optimizer.
#pragma once

#include <functional>

#include "kernels/losses.hpp"
#include "kernels/optimizers.hpp"
#include "network/network.hpp"

namespace fusedmlp {

struct TrainData {
  Rows x, target;
  bool classes = false;                 // target holds one class index per row
  const double* weights = nullptr;      // one per row of the data, or null
  const std::int64_t* order = nullptr;  // which rows, in which order; null: as they lie
  Index count = 0;
  Index batch_size = 1;
};

// A loss of the user's own: fills dpred from pred, returns the batch's loss. Called by one thread.
// target has as many columns as the data's; weights is null where all rows weigh 1.
template <typename T>
using CustomLoss = std::function<double(const T* pred, const T* target, const std::int64_t* classes,
                                        const double* weights, Index rows, T* dpred)>;

template <typename T>
struct TrainSettings {
  const Loss<T>* loss = nullptr;  // null: custom_loss
  std::vector<double> loss_params;
  CustomLoss<T> custom_loss;
  OptimizerRun<T> optimizer;
  const double* learning_rates = nullptr;  // one per step
  std::int64_t first_step = 1;             // of the optimizer
  std::uint64_t first_draw = 0;            // of the random streams
  double max_norm = 0.0, max_value = 0.0;  // gradient clipping; 0: none
  T* average = nullptr;                    // moving average of theta, or null
  const double* average_rates = nullptr;   // how far it moves towards theta, one per step
  T* before = nullptr;                     // receives theta as it was, or null
  std::uint64_t seed = 0;
  int threads = 1;
  double max_seconds = 0.0;    // 0: no limit
  std::function<bool()> poll;  // every 50 ms; true stops the run
};

struct TrainResult {
  double loss_sum = 0.0, weight_sum = 0.0;  // over all rows seen
  double last_loss = 0.0;                   // of the last batch
  double gradient_norm = 0.0;               // the largest seen, before clipping; only with max_norm
  Index steps = 0;
  bool finite = true;  // false: the last step's loss was NaN or infinite, its update was not made
  bool stopped = false;
};

template <typename T>
TrainResult train(Network<T>& network, T* theta, T* grad, T* buffers, const TrainData& data,
                  TrainSettings<T>& settings);

}  // namespace fusedmlp
