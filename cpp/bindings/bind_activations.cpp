#include "bindings/arrays.hpp"
#include "bindings/bind.hpp"
#include "kernels/parallel.hpp"
#include "network/lookup.hpp"

namespace fusedmlp {
namespace {

// Elements that are worth another thread.
constexpr Index kGrain = 32 * 1024;

template <typename T>
void forward(const std::string& name, const Numbers& params, const Array<T>& x, Array<T>& y) {
  const Activation<T>& activation = require_activation<T>(name);
  const Index n = x.size();
  const T* in = x.data();
  T* out = y.mutable_data();
  const py::gil_scoped_release release;
  parallel<Denormals::keep>(threads_for(n, kGrain, num_threads()), [&](const Worker& worker) {
    const Range part = worker.share(n, 1024);
    activation.forward(params.data(), in + part.begin, out + part.begin, part.size());
  });
}

template <typename T>
void backward(const std::string& name, const Numbers& params, const Array<T>& dy,
              const MaybeArray<T>& x, const MaybeArray<T>& y, Array<T>& dx) {
  const Activation<T>& activation = require_activation<T>(name);
  const Index n = dy.size();
  const T *dy_data = dy.data(), *x_data = data_of<T>(x), *y_data = data_of<T>(y);
  T* out = dx.mutable_data();
  const py::gil_scoped_release release;
  parallel<Denormals::keep>(threads_for(n, kGrain, num_threads()), [&](const Worker& worker) {
    const Range part = worker.share(n, 1024);
    const auto at = [&](const T* p) { return p == nullptr ? nullptr : p + part.begin; };
    activation.backward(params.data(), at(dy_data), at(x_data), at(y_data), out + part.begin,
                        part.size());
  });
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
}

}  // namespace fusedmlp
