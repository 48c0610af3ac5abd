#include "network/job.hpp"

#include "kernels/clipping.hpp"
#include "network/grow.hpp"

namespace fusedmlp {
namespace {

// Small gradients stay in cache anyway: one flat pass over them is faster.
constexpr Index kFusedParameters = 128 * 1024;

}  // namespace

template <typename T>
Job<T>::Job(Network<T>& network, const Data& data, Objective<T> objective,
            std::unique_ptr<SegmentedOptimizer<T>> optimizer, JobSettings<T> settings)
    : network_(network),
      data_(data),
      objective_(std::move(objective)),
      optimizer_(std::move(optimizer)),
      settings_(std::move(settings)),
      kept_(network, optimizer_ == nullptr ? nullptr : &optimizer_->run(), settings_.average) {
  fused_ = settings_.max_norm <= 0 && settings_.max_value <= 0 && !settings_.on_gradient &&
           settings_.parts.empty() && network.plan().num_parameters() > kFusedParameters;
  pass_.training = true;
  pass_.seed = settings_.seed;
}

template <typename T>
Index Job<T>::chunks() const {
  return norm_chunks(network_.plan().num_parameters());
}

template <typename T>
int Job<T>::threads() const {
  return settings_.threads > 0 ? settings_.threads : num_threads();
}

template <typename T>
void Job<T>::reserve_batch(const Data& data, Index rows) {
  const Plan<T>& plan = network_.plan();
  network_.training_memory().reserve(plan, rows, Workspace<T>::Use::train);
  objective_.reserve(rows);
  // A loss of the user's own may have targets of another width in every batch.
  if (data.classes) grow(classes_, rows * data.target.columns);
  if (!data.classes) grow(target_, rows * data.target.columns);
  grow(weights_, rows);
  if (settings_.max_norm > 0) grow(norm_sums_, chunks());
  if (settings_.trace != nullptr) grow(decayed_sums_, chunks());
  team_ = network_.team_size(rows, threads());
  if (fused_) grow(strips_, team_ * (this->kStrip + kApart));
}

template <typename T>
void Job<T>::reserve_epoch(Index rows) {
  kept_.reserve();
  reserve_batch(data_, batches(rows).most());
}

template <typename T>
EpochResult Job<T>::epoch(const Selection& rows, const Steps& steps, double max_seconds) {
  reserve_epoch(rows.count);
  return run(data_, rows, batches(rows.count), steps, max_seconds, true);
}

template <typename T>
EpochResult Job<T>::step(const Data& batch, const Steps& steps) {
  // The forward pass moves the running statistics before the loss is known.
  kept_.reserve_statistics();
  kept_.keep_statistics();
  const Batches whole{batch.count, batch.count, network_.plan().needs_batch()};
  const EpochResult result = run(batch, {nullptr, batch.count}, whole, steps, 0.0, false);
  if (!result.finite) kept_.restore_statistics();
  return result;
}

template <typename T>
EpochResult Job<T>::run(const Data& data, const Selection& rows, const Batches& batches,
                        const Steps& steps, double max_seconds, bool keep_before) {
  reserve_batch(data, batches.most());
  batch_data_ = data;
  rows_ = rows;
  steps_ = steps;
  pass_.theta = network_.theta();
  pass_.grad = network_.grad();
  pass_.buffers = network_.buffers();
  result_ = EpochResult{};
  go_on_ = true;
  max_seconds_ = max_seconds;
  start_ = last_poll_ = last_look_ = Clock::now();
  parallel(team_, [&](const Worker& worker) {
    if (keep_before) kept_.keep(worker);
    for (Index k = 0; k < batches.steps(); ++k) {
      one_step(worker, batches, k);
      if (!go_on_ || result_.stopped) return;
    }
  });
  result_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  return result_;
}

template <typename T>
void Job<T>::one_step(const Worker& worker, const Batches& batches, Index k) {
  const Index first = batches.begin(k), rows = batches.rows(k);
  const Range mine = worker.share(rows);
  // Each worker has its own copy: the counters advance without a barrier.
  Pass<T> pass = pass_;
  pass.rows = rows;
  pass.draw = steps_.first_draw + static_cast<std::uint64_t>(k);
  if (steps_.dropout != nullptr) pass.dropout = steps_.dropout[k];

  if (settings_.trace != nullptr) sum_decayed(worker);
  const double scale = gather_batch(first, rows, mine);
  network_.forward_rows(pass, mine, worker);
  run_loss(worker, k, rows, scale, mine);
  const bool in_parts = !settings_.parts.empty();
  if (!in_parts) network_.backward_rows(pass, mine, worker, false);
  worker.barrier();
  if (worker.first()) {
    add_up_loss(k, rows);
    if (go_on_) prepare_update(k);
  }
  if (fused_) {
    // The update needs the prepared step; parameters are no longer read in this step.
    worker.barrier();
    if (go_on_) network_.parameter_gradients(pass, worker, this);
  } else {
    if (in_parts) {
      worker.barrier();
      if (go_on_) backward_in_parts(pass, mine, worker);
    } else {
      network_.parameter_gradients(pass, worker);
    }
    worker.barrier();
    if (settings_.on_gradient) {
      if (worker.first() && go_on_) go_on_ = settings_.on_gradient();
      worker.barrier();
    }
    if (go_on_) update(worker);
  }
  if (worker.first() && go_on_) finish_step();
  worker.barrier();
}

// Chunks of a fixed size, added in order: the same bits for any team.
template <typename T>
void Job<T>::sum_decayed(const Worker& worker) {
  const Range mine = worker.share(chunks());
  const Index size = network_.plan().num_parameters();
  for (Index c = mine.begin; c < mine.end; ++c) {
    const Range chunk{c * norm_chunk, std::min(size, (c + 1) * norm_chunk)};
    decayed_sums_[static_cast<std::size_t>(c)] =
        optimizer_->decayed_squares(network_.theta(), chunk);
  }
}

template <typename T>
void Job<T>::prepare_update(Index k) {
  const double decay = steps_.weight_decays == nullptr ? 0.0 : steps_.weight_decays[k];
  optimizer_->prepare(steps_.learning_rates[k], steps_.first_step + k, decay);
  if (settings_.average != nullptr) average_rate_ = static_cast<T>(steps_.average_rates[k]);
}

template <typename T>
void Job<T>::backward_in_parts(const Pass<T>& pass, Range mine, const Worker& worker) {
  std::size_t left = settings_.parts.size();
  Index end = network_.plan().num_parameters();
  network_.backward_in_turn(pass, mine, worker, [&](Index first) {
    if (left == 0 || settings_.parts[left - 1] < first) return;
    worker.barrier();
    while (left > 0 && settings_.parts[left - 1] >= first) {
      const Range part{settings_.parts[--left], end};
      end = part.begin;
      if (worker.first() && go_on_) go_on_ = settings_.on_part(part);
    }
  });
}

template <typename T>
void Job<T>::update(const Worker& worker) {
  const Index n = network_.plan().num_parameters();
  const Range mine = worker.share(n, 64);
  T* grad = network_.grad();
  T grad_scale = T(1);
  if (settings_.max_norm > 0) {
    sum_of_squares_chunks(grad, n, worker.share(chunks()), norm_sums_.data());
    worker.barrier();
    const double norm = norm_of_chunks(norm_sums_.data(), chunks());
    grad_scale = static_cast<T>(clip_factor(norm, settings_.max_norm));
    if (worker.first()) result_.gradient_norm = std::max(result_.gradient_norm, norm);
  }
  if (settings_.max_value > 0) {
    clip_values(grad + mine.begin, mine.size(), static_cast<T>(settings_.max_value));
  }
  optimizer_->apply(network_.theta(), grad + mine.begin, mine, grad_scale);
  if (settings_.average != nullptr) move_average(mine);
}

template <typename T>
void Job<T>::take(const T* g, Range parameters) const {
  optimizer_->apply(network_.theta(), g, parameters);
  if (settings_.average != nullptr) move_average(parameters);
}

template <typename T>
void Job<T>::move_average(Range mine) const {
  const T rate = average_rate_;
  const T* theta = network_.theta();
  T* average = settings_.average;
  for (Index i = mine.begin; i < mine.end; ++i) average[i] += rate * (theta[i] - average[i]);
}

template <typename T>
void Job<T>::finish_step() {
  ++result_.steps;
  // A look at the clock takes a tenth of a tiny net's step: about one every half millisecond.
  if (max_seconds_ <= 0 && --steps_to_look_ > 0) return;
  const Clock::time_point now = Clock::now();
  const auto since = [&](Clock::time_point then) {
    return std::chrono::duration<double>(now - then).count();
  };
  looks_every_ = since(last_look_) < 5e-4 ? std::min<Index>(2 * looks_every_, 1024)
                                          : std::max<Index>(looks_every_ / 2, 1);
  steps_to_look_ = looks_every_;
  last_look_ = now;
  if (max_seconds_ > 0 && since(start_) > max_seconds_) result_.stopped = true;
  if (settings_.poll && since(last_poll_) > 0.05) {
    if (settings_.poll()) result_.stopped = true;
    last_poll_ = Clock::now();
  }
}

template class Job<float>;
template class Job<double>;

}  // namespace fusedmlp
