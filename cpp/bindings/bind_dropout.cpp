#include "bindings/arrays.hpp"
#include "bindings/bind.hpp"
#include "bindings/gil.hpp"
#include "kernels/dropout.hpp"
#include "kernels/parallel.hpp"

namespace fusedmlp {
namespace {

template <typename T>
void forward(double p, std::uint64_t seed, std::uint32_t stream, std::uint64_t draw,
             const Array<T>& x, Array<T>& y, Array<bool>& mask) {
  const MaskSource source{seed, stream, draw};
  const Index n = x.size();
  const T* x_data = x.data();
  T* y_data = y.mutable_data();
  bool* mask_data = mask.mutable_data();
  const GilReleased release;
  dropout_forward_all(p, source, n, x_data, y_data, mask_data, num_threads());
}

template <typename T>
void backward(double p, const Array<T>& dy, const Array<bool>& mask, Array<T>& dx) {
  const Index n = dy.size();
  const T* dy_data = dy.data();
  const bool* mask_data = mask.data();
  T* dx_data = dx.mutable_data();
  const GilReleased release;
  dropout_backward_all(p, n, dy_data, mask_data, dx_data, num_threads());
}

template <typename T>
void bind(py::module_& m) {
  m.def("dropout_forward", &forward<T>, py::arg("p"), py::arg("seed"), py::arg("stream"),
        py::arg("draw"), py::arg("x").noconvert(), py::arg("y").noconvert(),
        py::arg("mask").noconvert());
  m.def("dropout_backward", &backward<T>, py::arg("p"), py::arg("dy").noconvert(),
        py::arg("mask").noconvert(), py::arg("dx").noconvert());
}

}  // namespace

void bind_dropout(py::module_& m) {
  bind<float>(m);
  bind<double>(m);
}

}  // namespace fusedmlp
