#include "bindings/arrays.hpp"
#include "bindings/bind.hpp"
#include "bindings/exact_array.hpp"
#include "bindings/gil.hpp"
#include "kernels/parallel.hpp"
#include "network/lookup.hpp"

namespace fusedmlp {
namespace {

template <typename T>
void forward(const std::string& name, const Numbers& params, const Array<T>& x, Array<T>& y) {
  const Activation<T>& activation = require_activation<T>(name);
  const T* in = x.data();
  T* out = y.mutable_data();
  const Index n = x.size();
  const GilReleased release;
  activation_forward_all(activation, params.data(), in, out, n, num_threads());
}

template <typename T>
void backward(const std::string& name, const Numbers& params, const Array<T>& dy,
              const MaybeArray<T>& x, const MaybeArray<T>& y, Array<T>& dx) {
  const Activation<T>& activation = require_activation<T>(name);
  const Index n = dy.size();
  const T *dy_data = dy.data(), *x_data = data_of<T>(x), *y_data = data_of<T>(y);
  T* out = dx.mutable_data();
  const GilReleased release;
  activation_backward_all(activation, params.data(), dy_data, x_data, y_data, out, n,
                          num_threads());
}

// Whether `out` is an input itself or other memory.
template <typename T>
bool whole_or_apart(const T* out, const T* in, Index n) {
  return in == out || apart(out, n, in, n);
}

template <typename T>
bool exact_forward(const std::string& name, const Numbers& params, const py::object& x,
                   const py::object& out) {
  const auto* like = exact_array<T>(x);
  if (like == nullptr) return false;
  T* y = exact_like<T>(*like, out, kWriteable);
  const T* in = reinterpret_cast<const T*>(like->data);
  const Index n = py::reinterpret_borrow<py::array>(x).size();
  if (y == nullptr || !whole_or_apart<T>(y, in, n)) return false;
  const Activation<T>& activation = require_activation<T>(name);
  const GilReleased release;
  activation_forward_all(activation, params.data(), in, y, n, num_threads());
  return true;
}

template <typename T>
bool exact_backward(const std::string& name, const Numbers& params, const py::object& dy,
                    const py::object& x, const py::object& y, const py::object& out) {
  const auto* like = exact_array<T>(dy);
  if (like == nullptr) return false;
  const T *dy_data = reinterpret_cast<const T*>(like->data), *x_data = nullptr, *y_data = nullptr;
  if (!x.is_none() && (x_data = exact_like<T>(*like, x)) == nullptr) return false;
  if (!y.is_none() && (y_data = exact_like<T>(*like, y)) == nullptr) return false;
  T* dx = exact_like<T>(*like, out, kWriteable);
  const Index n = py::reinterpret_borrow<py::array>(dy).size();
  const Activation<T>& activation = require_activation<T>(name);
  const bool use_y = activation.from_output && y_data != nullptr;
  if (dx == nullptr || (!use_y && x_data == nullptr)) return false;
  for (const T* in : {dy_data, x_data, y_data}) {
    if (!whole_or_apart<T>(dx, in, n)) return false;
  }
  const GilReleased release;
  activation_backward_all(activation, params.data(), dy_data, x_data, use_y ? y_data : nullptr, dx,
                          n, num_threads());
  return true;
}

// The fastest way: exact arrays only, and memory to write to. Anything else is NotImplemented and
// left to the checks in Python.
py::object activation_forward_exact(const std::string& name, const Numbers& params,
                                    const py::object& x, const py::object& out) {
  const bool done =
      exact_forward<float>(name, params, x, out) || exact_forward<double>(name, params, x, out);
  return done ? out : not_implemented();
}

py::object activation_backward_exact(const std::string& name, const Numbers& params,
                                     const py::object& dy, const py::object& x, const py::object& y,
                                     const py::object& out) {
  const bool done = exact_backward<float>(name, params, dy, x, y, out) ||
                    exact_backward<double>(name, params, dy, x, y, out);
  return done ? out : not_implemented();
}

template <typename T>
void bind(py::module_& m) {
  m.def("activation_forward", &forward<T>, py::arg("name"), py::arg("params"),
        py::arg("x").noconvert(), py::arg("y").noconvert());
  m.def("activation_backward", &backward<T>, py::arg("name"), py::arg("params"),
        py::arg("dy").noconvert(), py::arg("x").noconvert().none(true),
        py::arg("y").noconvert().none(true), py::arg("dx").noconvert());
}

}  // namespace

void bind_activations(py::module_& m) {
  bind<float>(m);
  bind<double>(m);
  m.def("activation_forward_exact", &activation_forward_exact, py::arg("name"), py::arg("params"),
        py::arg("x"), py::arg("out"));
  m.def("activation_backward_exact", &activation_backward_exact, py::arg("name"), py::arg("params"),
        py::arg("dy"), py::arg("x"), py::arg("y"), py::arg("out"));
}

}  // namespace fusedmlp
