// A loss written in Python: called by one thread, which takes the GIL only around the call.
#pragma once

#include <limits>

#include "bindings/errors.hpp"
#include "network/objective.hpp"

namespace fusedmlp {

// `loss(pred, target, sample_weight) -> (value, dpred)` gets copies, so it may keep them; Python
// has wrapped it so that it returns exactly a float and an array of T. What it raises is kept in
// `error`; the run then ends before any update.
template <typename T>
CustomLoss<T> custom_loss(const py::object& loss, Index outputs, const SharedError& error) {
  return [=](const T* pred, const T* target, const std::int64_t* classes, const double* weights,
             Index rows, Index target_columns, T* dpred) -> double {
    const Index size = rows * outputs;
    return with_gil([&] {
      try {
        const py::object wanted = classes != nullptr
                                      ? py::object(Indices(rows, classes))
                                      : py::object(Array<T>({rows, target_columns}, target));
        const py::object weight =
            weights != nullptr ? py::object(Doubles(rows, weights)) : py::none();
        const py::tuple result = loss(Array<T>({rows, outputs}, pred), wanted, weight);
        const auto gradient = py::cast<Array<T>>(result[1]);
        std::copy_n(gradient.data(), size, dpred);
        return py::cast<double>(result[0]);
      } catch (py::error_already_set& raised) {
        error->keep(raised);
        std::fill_n(dpred, size, T(0));
        return std::numeric_limits<double>::quiet_NaN();  // ends the run before the update
      }
    });
  };
}

}  // namespace fusedmlp
