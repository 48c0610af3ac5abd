// Array types by role, as they cross from Python, which has checked shapes and kinds;
// `.noconvert()` at each binding keeps pybind11 from copying or casting what slipped through.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <vector>

#include "kernels/simd.hpp"

namespace fusedmlp {

namespace py = pybind11;

template <typename T>
using Array = py::array_t<T, py::array::c_style>;
template <typename T>
using MaybeArray = std::optional<Array<T>>;

using Indices = Array<std::int64_t>;
using Doubles = Array<double>;
using Numbers = std::vector<double>;

template <typename T>
const T* data_of(const MaybeArray<T>& array) {
  return array ? array->data() : nullptr;
}

template <typename T>
T* mutable_data_of(MaybeArray<T>& array) {
  return array ? array->mutable_data() : nullptr;
}

}  // namespace fusedmlp
