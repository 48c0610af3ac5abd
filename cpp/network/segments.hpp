// The parameters of a network as segments with factors of their own, and their optimizer.
#pragma once

#include <vector>

#include "kernels/optimizers.hpp"

namespace fusedmlp {

// theta[begin .. end) learns with lr times the step's learning rate and decays with decay times its
// weight decay.
struct Segment {
  Index begin, end;
  double lr, decay;
};

// An optimizer over all parameters. A step is prepared once, by one thread, and then run on any
// pieces by any threads.
template <typename T>
class SegmentedOptimizer {
 public:
  // The segments are in order and cover all parameters.
  SegmentedOptimizer(OptimizerRun<T> run, std::vector<Segment> segments);

  void prepare(double lr, std::int64_t step, double weight_decay);
  // g[0] is the gradient of p[part.begin]; gradients are multiplied by grad_scale first.
  void apply(T* p, const T* g, Range part, T grad_scale = T(1)) const;
  void apply_parallel(T* p, const T* g, int threads) const;

  // Sum of squares of p[part], each times its factor of weight decay; at most norm_chunk elements.
  double decayed_squares(const T* p, Range part) const;

  OptimizerRun<T>& run() { return run_; }

 private:
  // Neighbours with the same numbers are one cut.
  struct Cut {
    Range range;
    std::size_t step;
  };
  void cut(bool by_decay);

  OptimizerRun<T> run_;
  std::vector<Segment> segments_;
  bool cut_by_decay_ = false;
  std::vector<Cut> cuts_;
  std::vector<Segment> factors_;  // of steps_; begin and end are unused
  std::vector<OptimizerStep<T>> steps_;
};

}  // namespace fusedmlp
