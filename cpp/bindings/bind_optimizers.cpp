#include "bindings/bind.hpp"
#include "bindings/gil.hpp"
#include "bindings/optimizer_run.hpp"
#include "kernels/clipping.hpp"

namespace fusedmlp {
namespace {

template <typename T>
void step(const std::string& name, const Numbers& hyper, Array<T>& p, const Array<T>& g,
          const py::sequence& state, double lr, std::int64_t number, double weight_decay) {
  const OptimizerRun<T> run = optimizer_run<T>(name, hyper, state);
  const Index n = p.size();
  T* p_data = p.mutable_data();
  const T* g_data = g.data();
  const GilReleased release;
  run.apply_parallel(run.prepare(lr, number, weight_decay), p_data, g_data, n, num_threads());
}

template <typename T>
double norm(const Array<T>& g) {
  const Index n = g.size();
  const T* data = g.data();
  std::vector<double> sums(static_cast<std::size_t>(norm_chunks(n)));
  const GilReleased release;
  return gradient_norm(data, n, sums.data(), num_threads());
}

template <typename T>
void clip(Array<T>& g, double limit) {
  const Index n = g.size();
  T* data = g.mutable_data();
  const GilReleased release;
  clip_values(data, n, static_cast<T>(limit));
}

template <typename T>
void bind(py::module_& m) {
  m.def("optimizer_step", &step<T>, py::arg("name"), py::arg("hyper"), py::arg("p").noconvert(),
        py::arg("g").noconvert(), py::arg("state"), py::arg("lr"), py::arg("step"),
        py::arg("weight_decay"));
  m.def("gradient_norm", &norm<T>, py::arg("g").noconvert());
  m.def("clip_values", &clip<T>, py::arg("g").noconvert(), py::arg("limit"));
}

}  // namespace

void bind_optimizers(py::module_& m) {
  bind<float>(m);
  bind<double>(m);
}

}  // namespace fusedmlp
