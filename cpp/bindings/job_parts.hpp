// Data, objective and optimizer of a job as Python holds them, with the arrays they need alive.
#pragma once

#include "bindings/exact_target.hpp"
#include "bindings/gil.hpp"
#include "bindings/optimizer_run.hpp"
#include "bindings/rows_of.hpp"
#include "network/data.hpp"
#include "network/segments.hpp"

namespace fusedmlp {

struct DataHandle {
  py::array x, target;
  std::optional<Doubles> weights;
  Data data;

  DataHandle(py::array x_rows, py::array targets, std::optional<Doubles> row_weights, bool classes)
      : x(std::move(x_rows)), target(std::move(targets)), weights(std::move(row_weights)) {
    data.x = rows_of(x);
    data.target = rows_of(target);
    data.count = x.shape(0);
    if (classes && !py::isinstance<Indices>(target)) {
      throw py::type_error("data: class indices must be C-contiguous int64");
    }
    data.classes = classes;
    data.weights = weights ? weights->data() : nullptr;
  }
};

struct ObjectiveHandle {
  py::object loss;  // a name or a callable
  Numbers params;
  Index groups;
};

template <typename T>
struct OptimizerHandle {
  py::object state;  // keeps the arrays alive
  OptimizerRun<T> run;
  std::vector<Segment> segments;
  std::unique_ptr<const SegmentedOptimizer<T>> ready;  // made of the above

  // p and g are exact: without pybind11's casts, which cost more than a small net's step.
  void step(const py::object& p, const py::object& g, double lr, std::int64_t number,
            double weight_decay) {
    const Index size = segments.empty() ? 0 : segments.back().end;
    T* p_data = exact_vector<T>(p, size, kWriteable);
    const T* g_data = exact_vector<T>(g, size);
    if (p_data == nullptr || g_data == nullptr) {
      throw py::type_error("optimizer: p and g must be exact arrays as long as the segments");
    }
    const GilReleased release;
    // A copy of its own: several threads may use one optimizer.
    SegmentedOptimizer<T> optimizer(*ready);
    optimizer.prepare(lr, number, weight_decay);
    optimizer.apply_parallel(p_data, g_data, num_threads());
  }
};

}  // namespace fusedmlp
