#include "network/segments.hpp"

#include <algorithm>

#include "kernels/clipping.hpp"

namespace fusedmlp {

template <typename T>
SegmentedOptimizer<T>::SegmentedOptimizer(OptimizerRun<T> run, std::vector<Segment> segments)
    : run_(std::move(run)), segments_(std::move(segments)) {
  cut(false);
}

template <typename T>
void SegmentedOptimizer<T>::cut(bool by_decay) {
  cut_by_decay_ = by_decay;
  cuts_.clear();
  factors_.clear();
  for (const Segment& s : segments_) {
    if (s.begin == s.end) continue;
    const auto same = [&](const Segment& f) {
      return f.lr == s.lr && (!by_decay || f.decay == s.decay);
    };
    const auto found = std::find_if(factors_.begin(), factors_.end(), same);
    const auto step = static_cast<std::size_t>(found - factors_.begin());
    if (found == factors_.end()) factors_.push_back(s);
    if (!cuts_.empty() && cuts_.back().step == step) {
      cuts_.back().range.end = s.end;
    } else {
      cuts_.push_back({{s.begin, s.end}, step});
    }
  }
  steps_.resize(factors_.size());
}

template <typename T>
void SegmentedOptimizer<T>::prepare(double lr, std::int64_t step, double weight_decay) {
  // Without weight decay its factors make no difference: fewer cuts.
  if (cut_by_decay_ != (weight_decay != 0.0)) cut(weight_decay != 0.0);
  double* scalar = run_.scalar_state;
  const double before = scalar == nullptr ? 0.0 : *scalar;
  for (std::size_t i = 0; i < factors_.size(); ++i) {
    // The scalar state moves once per step, not once per factor.
    if (scalar != nullptr) *scalar = before;
    steps_[i] = run_.prepare(lr * factors_[i].lr, step, weight_decay * factors_[i].decay);
  }
}

template <typename T>
void SegmentedOptimizer<T>::apply(T* p, const T* g, Range part, T grad_scale) const {
  // The first cut that ends behind the part's beginning.
  auto cut = std::upper_bound(cuts_.begin(), cuts_.end(), part.begin,
                              [](Index at, const Cut& c) { return at < c.range.end; });
  for (; cut != cuts_.end() && cut->range.begin < part.end; ++cut) {
    const Range piece{std::max(cut->range.begin, part.begin), std::min(cut->range.end, part.end)};
    OptimizerStep<T> step = steps_[cut->step];
    step.grad_scale = grad_scale;
    run_.apply(step, p, g + (piece.begin - part.begin), piece);
  }
}

template <typename T>
void SegmentedOptimizer<T>::apply_parallel(T* p, const T* g, int threads) const {
  const Index n = segments_.empty() ? 0 : segments_.back().end;
  parallel(threads_for(n, kOptimizerGrain, threads), [&](const Worker& worker) {
    const Range part = worker.share(n, 1024);
    apply(p, g + part.begin, part);
  });
}

template <typename T>
double SegmentedOptimizer<T>::decayed_squares(const T* p, Range part) const {
  double sum = 0.0;
  for (const Segment& s : segments_) {
    const Range piece{std::max(s.begin, part.begin), std::min(s.end, part.end)};
    if (s.decay == 0.0 || piece.begin >= piece.end) continue;
    sum += s.decay * sum_of_squares_chunk(p + piece.begin, piece.size());
  }
  return sum;
}

template class SegmentedOptimizer<float>;
template class SegmentedOptimizer<double>;

}  // namespace fusedmlp
