#include "network/train.hpp"

#include <chrono>
#include <cmath>

#include "kernels/clipping.hpp"

namespace fusedmlp {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// One epoch on one team. Everything here is shared by the workers; what they change together is
// written by the first worker or each in its own part, with a barrier before anyone reads it.
template <typename T>
class Epoch final : public Update<T> {
 public:
  Epoch(Network<T>& network, T* theta, T* grad, T* buffers, const TrainData& data,
        TrainSettings<T>& settings)
      : network_(network), data_(data), set_(settings), theta_(theta), grad_(grad) {
    pass_.training = true;
    pass_.seed = set_.seed;
    pass_.theta = theta;
    pass_.grad = grad;
    pass_.buffers = buffers;
    const Index most = std::min(data.batch_size, data.count);
    network.training_memory().reserve(network.plan(), most, Workspace<T>::Use::train);
    if (data.classes) {
      classes_.resize(static_cast<std::size_t>(most));
    } else {
      target_.resize(static_cast<std::size_t>(most * data.target.columns));
    }
    weights_.assign(static_cast<std::size_t>(most), 1.0);
    if (set_.max_norm > 0) norm_sums_.resize(static_cast<std::size_t>(chunks()));
    team_ = network.team_size(most, set_.threads);
    // Small gradients stay in cache anyway: one flat pass over them is faster.
    fused_ = set_.max_norm <= 0 && set_.max_value <= 0 &&
             network.plan().num_parameters() > Index{128} * 1024;
    if (fused_) strips_.resize(static_cast<std::size_t>(team_ * (this->kStrip + kApart)));
  }

  TrainResult run() {
    parallel(team_, [&](const Worker& worker) {
      keep_parameters(worker);
      for (Index first = 0; first < data_.count; first += data_.batch_size) {
        step(worker, first, std::min(data_.batch_size, data_.count - first));
        if (result_.stopped || !result_.finite) return;
      }
    });
    return result_;
  }

  void take(const T* g, Range parameters) const override {
    set_.optimizer.apply(update_, theta_, g, parameters);
    if (set_.average != nullptr) move_average(parameters);
  }
  T* strip(const Worker& worker) const override {
    return strips_.data() + worker.id * (this->kStrip + kApart);
  }

 private:
  static constexpr Index kApart = 64;  // elements between the strips of two workers

  // The first step's barriers stand between this and the first change of theta.
  void keep_parameters(const Worker& worker) const {
    if (set_.before == nullptr) return;
    const Range mine = worker.share(network_.plan().num_parameters(), 64);
    std::copy_n(theta_ + mine.begin, mine.size(), set_.before + mine.begin);
  }

  Index chunks() const { return norm_chunks(network_.plan().num_parameters()); }

  void step(const Worker& worker, Index first, Index rows) {
    const Range mine = worker.share(rows);
    // Each worker has its own copy: the counters advance without a barrier.
    Pass<T> pass = pass_;
    pass.rows = rows;
    pass.step = set_.first_draw + static_cast<std::uint64_t>(first / data_.batch_size);

    gather_rows(first, rows, mine);
    network_.forward_rows(pass, mine, worker);
    run_loss(worker, rows, mine);
    network_.backward_rows(pass, mine, worker, false);
    worker.barrier();
    if (worker.first()) {
      add_up_loss(rows);
      const auto k = static_cast<std::int64_t>(first / data_.batch_size);
      if (result_.finite)
        update_ = set_.optimizer.prepare(set_.learning_rates[k], set_.first_step + k);
      if (set_.average != nullptr) average_rate_ = static_cast<T>(set_.average_rates[k]);
    }
    if (fused_) {
      // The update needs the prepared step; parameters are no longer read in this step.
      worker.barrier();
      if (result_.finite) network_.parameter_gradients(pass, worker, this);
    } else {
      network_.parameter_gradients(pass, worker);
      worker.barrier();
      if (result_.finite) update(worker);
    }
    if (worker.first()) finish_step();
    worker.barrier();
  }

  void gather_rows(Index first, Index rows, Range mine) {
    const Workspace<T>& work = network_.training_memory();
    gather(data_.x, data_.order, first, mine.begin, mine.end,
           work.value(0) + mine.begin * data_.x.columns);
    if (!data_.classes) {
      gather(data_.target, data_.order, first, mine.begin, mine.end,
             target_.data() + mine.begin * data_.target.columns);
    }
    const auto* all_classes = reinterpret_cast<const std::int64_t*>(data_.target.data);
    double total = static_cast<double>(rows);
    if (data_.weights != nullptr) {
      total = 0.0;
      for (Index i = 0; i < rows; ++i) total += data_.weights[row(first + i)];
    }
    // A batch whose rows all weigh nothing changes nothing.
    const double scale = total > 0.0 ? 1.0 / total : 0.0;
    for (Index i = mine.begin; i < mine.end; ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (data_.classes) classes_[at] = all_classes[row(first + i)];
      if (data_.weights != nullptr) weights_[at] = data_.weights[row(first + i)];
      work.row_scale()[i] = weights_[at] * scale;
    }
  }

  Index row(Index i) const {
    return data_.order == nullptr ? i : static_cast<Index>(data_.order[i]);
  }

  void run_loss(const Worker& worker, Index rows, Range mine) {
    const Workspace<T>& work = network_.training_memory();
    const Index last = network_.plan().size(), out = network_.plan().out_features();
    const T* target = data_.classes ? nullptr : target_.data();
    const std::int64_t* classes = data_.classes ? classes_.data() : nullptr;
    if (set_.loss == nullptr) {
      worker.barrier();
      if (worker.first()) {
        custom_value_ = set_.custom_loss(work.value(last), target, classes,
                                         data_.weights == nullptr ? nullptr : weights_.data(), rows,
                                         work.gradient(last));
      }
      worker.barrier();
      return;
    }
    LossRows<T> part{};
    part.pred = work.value(last) + mine.begin * out;
    part.target = target == nullptr ? nullptr : target + mine.begin * out;
    part.classes = classes == nullptr ? nullptr : classes + mine.begin;
    part.rows = mine.size();
    part.cols = out;
    part.row_scale = work.row_scale() + mine.begin;
    part.row_loss = work.row_loss() + mine.begin;
    part.dpred = work.gradient(last) + mine.begin * out;
    set_.loss->rows(set_.loss_params.data(), part);
  }

  // In the order of the rows, by one worker: the same bits for any team.
  void add_up_loss(Index rows) {
    double loss = 0.0, weight = 0.0;
    for (Index i = 0; i < rows; ++i) {
      loss += weights_[static_cast<std::size_t>(i)] * network_.training_memory().row_loss()[i];
      weight += weights_[static_cast<std::size_t>(i)];
    }
    if (set_.loss == nullptr) loss = custom_value_ * weight;
    result_.last_loss = weight > 0.0 ? loss / weight : 0.0;
    result_.finite = std::isfinite(loss);
    if (result_.finite) {
      result_.loss_sum += loss;
      result_.weight_sum += weight;
    }
  }

  void update(const Worker& worker) {
    const Index n = network_.plan().num_parameters();
    const Range mine = worker.share(n, 64);
    OptimizerStep<T> update = update_;
    if (set_.max_norm > 0) {
      sum_of_squares_chunks(grad_, n, worker.share(chunks()), norm_sums_.data());
      worker.barrier();
      const double norm = norm_of_chunks(norm_sums_.data(), chunks());
      update.grad_scale = static_cast<T>(clip_factor(norm, set_.max_norm));
      if (worker.first()) result_.gradient_norm = std::max(result_.gradient_norm, norm);
    }
    if (set_.max_value > 0) {
      clip_values(grad_ + mine.begin, mine.size(), static_cast<T>(set_.max_value));
    }
    set_.optimizer.apply(update, theta_, grad_ + mine.begin, mine);
    if (set_.average != nullptr) move_average(mine);
  }

  void move_average(Range mine) const {
    const T rate = average_rate_;
    const T* theta = theta_;
    T* average = set_.average;
    for (Index i = mine.begin; i < mine.end; ++i) average[i] += rate * (theta[i] - average[i]);
  }

  void finish_step() {
    if (result_.finite) ++result_.steps;
    if (set_.max_seconds > 0 && seconds_since(start_) > set_.max_seconds) result_.stopped = true;
    if (set_.poll && seconds_since(last_poll_) > 0.05) {
      if (set_.poll()) result_.stopped = true;
      last_poll_ = Clock::now();
    }
  }

  Network<T>& network_;
  const TrainData& data_;
  TrainSettings<T>& set_;
  T* theta_;
  T* grad_;
  Pass<T> pass_;
  OptimizerStep<T> update_{};
  T average_rate_ = 0;
  std::vector<T> target_;
  std::vector<std::int64_t> classes_;
  std::vector<double> weights_, norm_sums_;
  mutable std::vector<T> strips_;
  bool fused_ = false;
  int team_ = 1;
  double custom_value_ = 0.0;
  TrainResult result_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point last_poll_ = start_;
};

}  // namespace

template <typename T>
TrainResult train(Network<T>& network, T* theta, T* grad, T* buffers, const TrainData& data,
                  TrainSettings<T>& settings) {
  return Epoch<T>(network, theta, grad, buffers, data, settings).run();
}

template TrainResult train<float>(Network<float>&, float*, float*, float*, const TrainData&,
                                  TrainSettings<float>&);
template TrainResult train<double>(Network<double>&, double*, double*, double*, const TrainData&,
                                   TrainSettings<double>&);

}  // namespace fusedmlp
