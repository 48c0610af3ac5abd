// Access to arrays without pybind11's conversions: for calls that take less than a microsecond.
#pragma once

#include "bindings/arrays.hpp"

namespace fusedmlp {

inline py::object not_implemented() {
  return py::reinterpret_borrow<py::object>(Py_NotImplemented);
}

// For the last argument of the functions below: arrays that results are written to.
inline constexpr bool kWriteable = true;

// A NumPy array of exactly this type, aligned and C-contiguous; null for anything else.
template <typename T>
const py::detail::PyArray_Proxy* exact_array(const py::object& object, bool writeable = false) {
  namespace npy = py::detail;
  if (Py_TYPE(object.ptr()) != npy::npy_api::get().PyArray_Type_) return nullptr;
  const auto* array = npy::array_proxy(object.ptr());
  static const py::dtype exact = py::dtype::of<T>();  // one object for all arrays of the type
  int wanted = npy::npy_api::NPY_ARRAY_ALIGNED_ | npy::npy_api::NPY_ARRAY_C_CONTIGUOUS_;
  if (writeable) wanted |= npy::npy_api::NPY_ARRAY_WRITEABLE_;
  return array->descr == exact.ptr() && (array->flags & wanted) == wanted ? array : nullptr;
}

// The data of an exact array of this length; null for anything else.
template <typename T>
T* exact_vector(const py::object& object, Index size, bool writeable = false) {
  const auto* array = exact_array<T>(object, writeable);
  if (array == nullptr || array->nd != 1 || array->dimensions[0] != size) return nullptr;
  return reinterpret_cast<T*>(array->data);
}

// The data of an exact array with the shape of `like`; null for anything else.
template <typename T>
T* exact_like(const py::detail::PyArray_Proxy& like, const py::object& object,
              bool writeable = false) {
  const auto* array = exact_array<T>(object, writeable);
  if (array == nullptr || array->nd != like.nd ||
      !std::equal(like.dimensions, like.dimensions + like.nd, array->dimensions)) {
    return nullptr;
  }
  return reinterpret_cast<T*>(array->data);
}

// An exact matrix with so many columns; null for anything else.
template <typename T>
const py::detail::PyArray_Proxy* exact_rows(const py::object& object, Index columns) {
  const auto* array = exact_array<T>(object);
  return array != nullptr && array->nd == 2 && array->dimensions[1] == columns ? array : nullptr;
}

template <typename T>
const T* data_of(const py::detail::PyArray_Proxy& array) {
  return reinterpret_cast<const T*>(array.data);
}

// The data of an exact array of this shape; null for anything else.
template <typename T>
T* exact_matrix(const py::object& object, Index rows, Index columns, bool writeable = false) {
  const auto* array = exact_array<T>(object, writeable);
  if (array == nullptr || array->nd != 2 || array->dimensions[0] != rows ||
      array->dimensions[1] != columns) {
    return nullptr;
  }
  return reinterpret_cast<T*>(array->data);
}

// Whether two stretches of memory share no element; null shares none.
template <typename T>
bool apart(const T* a, Index a_size, const T* b, Index b_size) {
  return a == nullptr || b == nullptr || a + a_size <= b || b + b_size <= a;
}

}  // namespace fusedmlp
