// What Python code raised while it ran inside the engine.
#pragma once

#include <memory>

#include "bindings/arrays.hpp"
#include "bindings/gil.hpp"

namespace fusedmlp {

// The first error counts. Shared by everything of a job that calls Python; with the GIL only.
class PythonError {
 public:
  void keep(py::error_already_set& raised) {
    if (value_.is_none()) value_ = raised.value();
  }
  bool is_set() const { return !value_.is_none(); }
  // Hands the error out and forgets it.
  py::object take() {
    py::object value = value_;
    value_ = py::none();
    return value;
  }
  // Ctrl-C and other signals: Python's handler runs here and may raise, and so may `poll`, a
  // function or None. True if one did.
  bool interrupted(const py::object& poll) {
    return with_gil([&] {
      try {
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        if (!poll.is_none()) poll();
        return false;
      } catch (py::error_already_set& raised) {
        keep(raised);
        return true;
      }
    });
  }

 private:
  py::object value_ = py::none();
};

using SharedError = std::shared_ptr<PythonError>;

}  // namespace fusedmlp
