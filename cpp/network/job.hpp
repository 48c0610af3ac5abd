// A fit as an object: network, data, objective and optimizer, run by epochs or by single steps.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "kernels/metrics.hpp"
#include "network/data.hpp"
#include "network/kept_state.hpp"
#include "network/objective.hpp"
#include "network/segments.hpp"

namespace fusedmlp {

// What stays the same over all epochs of a job.
template <typename T>
struct JobSettings {
  Index batch_size = 1;
  Index batches = 0;                       // of an epoch; 0: as many as batch_size gives
  double max_norm = 0.0, max_value = 0.0;  // gradient clipping; 0: none
  std::uint64_t seed = 0;
  int threads = 1;       // 0: as many as num_threads() says at the time
  T* average = nullptr;  // moving average of theta, or null
  // For each step of an epoch two numbers, or null: its loss, and the sum of squares of the
  // parameters before it, each times its factor of weight decay.
  double* trace = nullptr;
  // Between backward and clipping, by one thread; false ends the run before the update.
  std::function<bool()> on_gradient;
  std::function<bool()> poll;  // about every 50 ms; true stops the run
  // Where the parts of the gradient begin, in order, the first at 0. Not empty: each layer's
  // gradients are made as soon as they can be, and on_part is told of every part that is whole,
  // the last one first, by one thread; false ends the run before the update.
  std::vector<Index> parts;
  std::function<bool(Range)> on_part;
};

// What varies by step; arrays have one number per step. Null: a factor of 1, else 0.
struct Steps {
  const double* learning_rates = nullptr;
  const double* weight_decays = nullptr;
  const double* dropout = nullptr;        // factor of every dropout probability
  const double* average_rates = nullptr;  // how far the average moves towards theta
  const double* loss_scales = nullptr;    // gradients are those of so many times the loss
  std::int64_t first_step = 1;            // of the optimizer
  std::uint64_t first_draw = 0;           // of the random streams

  // Goes on to what is behind the next `count` steps.
  void advance(Index count) {
    for (const double** numbers :
         {&learning_rates, &weight_decays, &dropout, &average_rates, &loss_scales}) {
      if (*numbers != nullptr) *numbers += count;
    }
    first_step += count;
    first_draw += static_cast<std::uint64_t>(count);
  }
};

struct EpochResult {
  double loss_sum = 0.0, weight_sum = 0.0;  // over all rows seen
  double last_loss = 0.0;                   // of the last batch
  double gradient_norm = 0.0;               // the largest seen, before clipping; only with max_norm
  double seconds = 0.0;
  Index steps = 0;
  bool finite = true;  // false: the last step's loss was NaN or infinite, its update was not made
  bool stopped = false;
};

template <typename T>
class Job final : public Update<T> {
 public:
  // Without an optimizer the job can only be measured.
  Job(Network<T>& network, const Data& data, Objective<T> objective,
      std::unique_ptr<SegmentedOptimizer<T>> optimizer, JobSettings<T> settings);

  Batches batches(Index rows) const {
    return {rows, settings_.batch_size, network_.plan().needs_batch(), settings_.batches};
  }

  // Allocates what an epoch over so many rows needs, so that none of it happens among threads; may
  // throw bad_alloc.
  void reserve_epoch(Index rows);
  // One pass over `rows` in batches. Keeps what `restore` goes back to. max_seconds: 0 = no limit.
  EpochResult epoch(const Selection& rows, const Steps& steps, double max_seconds);
  // One step on a batch of other data of the same kind.
  EpochResult step(const Data& batch, const Steps& steps);
  // Goes back to before the last epoch or step: parameters, statistics, average, optimizer.
  void restore() { kept_.restore(); }
  // theta before the last epoch; null before the first one.
  const T* theta_before() const { return kept_.theta(); }

  // Loss and metrics over `rows` of data of the same kind, without training; pred (rows, outputs)
  // receives the outputs unless it is null. values[k] becomes that of metrics[k].
  using Metrics = std::vector<const Metric<T>*>;
  EpochResult evaluate(const Data& data, const Selection& rows, T* pred, const Metrics& metrics,
                       std::vector<std::optional<double>>& values);

  void take(const T* g, Range parameters) const override;
  T* strip(const Worker& worker) const override {
    return strips_.data() + worker.id * (this->kStrip + kApart);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr Index kApart = 64;  // elements between the strips of two workers

  void reserve_batch(const Data& data, Index rows);
  EpochResult run(const Data& data, const Selection& rows, const Batches& batches,
                  const Steps& steps, double max_seconds, bool keep);
  void one_step(const Worker& worker, const Batches& batches, Index k);
  // Returns 1 / (sum of the batch's weights).
  double gather_batch(Index first, Index rows, Range mine);
  void gather_target(const Data& data, Index first, Range mine);
  void run_loss(const Worker& worker, Index k, Index rows, double scale, Range mine);
  void add_up_loss(Index k, Index rows);
  void sum_decayed(const Worker& worker);
  void prepare_update(Index k);
  void backward_in_parts(const Pass<T>& pass, Range mine, const Worker& worker);
  void update(const Worker& worker);
  void move_average(Range mine) const;
  void finish_step();
  Index chunks() const;
  int threads() const;

  Network<T>& network_;
  const Data data_;
  Objective<T> objective_;
  std::unique_ptr<SegmentedOptimizer<T>> optimizer_;
  JobSettings<T> settings_;
  KeptState<T> kept_;
  int team_ = 1;
  bool fused_ = false;  // gradients are used up strip by strip, and not all are written

  // Of the running epoch; shared by the workers. What they change together is written by the first
  // one, or each writes its own part, with a barrier before anyone reads it.
  Data batch_data_;
  Selection rows_;
  Steps steps_;
  Pass<T> pass_;
  EpochResult result_;
  bool go_on_ = true;  // false: the loss is not finite, or the hook failed; no update is made
  double custom_value_ = 0.0, max_seconds_ = 0.0;
  T average_rate_ = 0;
  Clock::time_point start_, last_poll_, last_look_;
  Index looks_every_ = 1, steps_to_look_ = 1;  // at the clock, in steps
  std::vector<T> target_, pred_;
  std::vector<std::int64_t> classes_;
  std::vector<double> weights_, norm_sums_, decayed_sums_;
  mutable std::vector<T> strips_;
};

}  // namespace fusedmlp
