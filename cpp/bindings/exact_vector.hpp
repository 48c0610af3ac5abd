// Access to a vector without pybind11's conversions: for calls that take less than a microsecond.
#pragma once

#include "bindings/arrays.hpp"

namespace fusedmlp {

inline py::object not_implemented() {
  return py::reinterpret_borrow<py::object>(Py_NotImplemented);
}

// The data of a NumPy array of exactly this type, length and layout; null for anything else.
template <typename T>
T* exact_vector(const py::object& object, Index size, bool writeable = false) {
  namespace npy = py::detail;
  if (Py_TYPE(object.ptr()) != npy::npy_api::get().PyArray_Type_) return nullptr;
  const auto* array = npy::array_proxy(object.ptr());
  static const py::dtype exact = py::dtype::of<T>();  // one object for all arrays of the type
  int wanted = npy::npy_api::NPY_ARRAY_ALIGNED_ | npy::npy_api::NPY_ARRAY_C_CONTIGUOUS_;
  if (writeable) wanted |= npy::npy_api::NPY_ARRAY_WRITEABLE_;
  const bool fits = array->descr == exact.ptr() && array->nd == 1 && array->dimensions[0] == size &&
                    (array->flags & wanted) == wanted;
  return fits ? reinterpret_cast<T*>(array->data) : nullptr;
}

}  // namespace fusedmlp
