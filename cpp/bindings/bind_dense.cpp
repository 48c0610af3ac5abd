#include "bindings/arrays.hpp"
#include "bindings/bind.hpp"
#include "bindings/exact_array.hpp"
#include "bindings/gil.hpp"
#include "kernels/dense.hpp"
#include "kernels/parallel.hpp"
#include "network/lookup.hpp"

namespace fusedmlp {
namespace {

template <typename T>
void forward(const Array<T>& x, const Array<T>& W, const MaybeArray<T>& b,
             const std::string& activation, const Numbers& params, Array<T>& y) {
  const DenseLayer<T> layer{
      W.shape(0),   W.shape(1), W.data(), data_of<T>(b), &require_activation<T>(activation),
      params.data()};
  const Index rows = x.shape(0);
  const T* x_data = x.data();
  T* y_data = y.mutable_data();
  const GilReleased release;
  dense_forward_all(layer, rows, x_data, y_data, num_threads());
}

template <typename T>
bool exact_forward(const py::object& x, const py::object& W, const py::object& b,
                   const std::string& activation, const Numbers& params, const py::object& out) {
  const auto *x_array = exact_array<T>(x), *W_array = exact_array<T>(W);
  if (x_array == nullptr || W_array == nullptr || x_array->nd != 2 || W_array->nd != 2) {
    return false;
  }
  const Index rows = x_array->dimensions[0];
  DenseLayer<T> layer{};
  layer.in = x_array->dimensions[1];
  layer.out = W_array->dimensions[1];
  layer.W = reinterpret_cast<const T*>(W_array->data);
  if (W_array->dimensions[0] != layer.in) return false;
  if (!b.is_none() && (layer.b = exact_vector<T>(b, layer.out)) == nullptr) return false;
  const T* x_data = reinterpret_cast<const T*>(x_array->data);
  T* y = exact_matrix<T>(out, rows, layer.out, kWriteable);
  const Index size = rows * layer.out;
  if (y == nullptr || !apart(y, size, x_data, rows * layer.in) ||
      !apart(y, size, layer.W, layer.in * layer.out) || !apart(y, size, layer.b, layer.out)) {
    return false;
  }
  layer.activation = &require_activation<T>(activation);
  layer.params = params.data();
  const GilReleased release;
  dense_forward_all(layer, rows, x_data, y, num_threads());
  return true;
}

// The fastest way: exact arrays only, and memory to write to. Anything else is NotImplemented and
// left to the checks in Python.
py::object dense_forward_exact(const py::object& x, const py::object& W, const py::object& b,
                               const std::string& activation, const Numbers& params,
                               const py::object& out) {
  const bool done = exact_forward<float>(x, W, b, activation, params, out) ||
                    exact_forward<double>(x, W, b, activation, params, out);
  return done ? out : not_implemented();
}

template <typename T>
void backward(const Array<T>& dy, const Array<T>& x, const Array<T>& W, MaybeArray<T>& dx,
              Array<T>& dW, Array<T>& db) {
  DenseLayer<T> layer{};
  layer.in = W.shape(0);
  layer.out = W.shape(1);
  layer.W = W.data();
  const Index rows = x.shape(0);
  const T *dy_data = dy.data(), *x_data = x.data();
  T *dx_data = mutable_data_of<T>(dx), *dW_data = dW.mutable_data(), *db_data = db.mutable_data();
  const GilReleased release;
  dense_backward_all(layer, rows, dy_data, x_data, dx_data, dW_data, db_data, num_threads());
}

// The same for exact arrays: (dx, dW, db), or NotImplemented.
template <typename T>
py::object exact_backward(const py::object& dy, const py::object& x, const py::object& W,
                          bool need_dx) {
  const auto* weights = exact_array<T>(W);
  if (weights == nullptr || weights->nd != 2) return not_implemented();
  DenseLayer<T> layer{};
  layer.in = weights->dimensions[0];
  layer.out = weights->dimensions[1];
  layer.W = data_of<T>(*weights);
  const auto* inputs = exact_rows<T>(x, layer.in);
  if (inputs == nullptr) return not_implemented();
  const Index rows = inputs->dimensions[0];
  const T* dy_data = exact_matrix<T>(dy, rows, layer.out);
  if (dy_data == nullptr) return not_implemented();
  MaybeArray<T> dx;
  if (need_dx) dx = Array<T>({rows, layer.in});
  Array<T> dW({layer.in, layer.out}), db(layer.out);
  T *dx_data = mutable_data_of<T>(dx), *dW_data = dW.mutable_data(), *db_data = db.mutable_data();
  {
    const GilReleased release;
    dense_backward_all(layer, rows, dy_data, data_of<T>(*inputs), dx_data, dW_data, db_data,
                       num_threads());
  }
  return py::make_tuple(dx, dW, db);
}

py::object dense_backward_exact(const py::object& dy, const py::object& x, const py::object& W,
                                bool need_dx) {
  const py::object found = exact_backward<float>(dy, x, W, need_dx);
  return found.ptr() == Py_NotImplemented ? exact_backward<double>(dy, x, W, need_dx) : found;
}

template <typename T>
void bind(py::module_& m) {
  m.def("dense_forward", &forward<T>, py::arg("x").noconvert(), py::arg("W").noconvert(),
        py::arg("b").noconvert().none(true), py::arg("activation"), py::arg("params"),
        py::arg("y").noconvert());
  m.def("dense_backward", &backward<T>, py::arg("dy").noconvert(), py::arg("x").noconvert(),
        py::arg("W").noconvert(), py::arg("dx").noconvert().none(true), py::arg("dW").noconvert(),
        py::arg("db").noconvert());
}

}  // namespace

void bind_dense(py::module_& m) {
  bind<float>(m);
  bind<double>(m);
  m.def("dense_forward_exact", &dense_forward_exact, py::arg("x"), py::arg("W"), py::arg("b"),
        py::arg("activation"), py::arg("params"), py::arg("out"));
  m.def("dense_backward_exact", &dense_backward_exact, py::arg("dy"), py::arg("x"), py::arg("W"),
        py::arg("need_dx"));
}

}  // namespace fusedmlp
