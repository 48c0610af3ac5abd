#include "bindings/arrays.hpp"
#include "bindings/bind.hpp"
#include "bindings/gil.hpp"
#include "kernels/parallel.hpp"
#include "kernels/softmax.hpp"

namespace fusedmlp {
namespace {

template <typename T>
void forward(bool log, const Array<T>& x, Array<T>& y) {
  const Index rows = x.shape(0), columns = x.shape(1);
  const T* in = x.data();
  T* out = y.mutable_data();
  const GilReleased release;
  softmax_forward_all(log, in, out, rows, columns, num_threads());
}

template <typename T>
void backward(bool log, const Array<T>& dy, const Array<T>& y, Array<T>& dx) {
  const Index rows = y.shape(0), columns = y.shape(1);
  const T *dy_data = dy.data(), *y_data = y.data();
  T* out = dx.mutable_data();
  const GilReleased release;
  softmax_backward_all(log, dy_data, y_data, out, rows, columns, num_threads());
}

template <typename T>
void bind(py::module_& m) {
  m.def("softmax_forward", &forward<T>, py::arg("log"), py::arg("x").noconvert(),
        py::arg("y").noconvert());
  m.def("softmax_backward", &backward<T>, py::arg("log"), py::arg("dy").noconvert(),
        py::arg("y").noconvert(), py::arg("dx").noconvert());
}

}  // namespace

void bind_softmax(py::module_& m) {
  bind<float>(m);
  bind<double>(m);
}

}  // namespace fusedmlp
