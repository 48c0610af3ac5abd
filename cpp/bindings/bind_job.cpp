// A fit as an object: data, objective, optimizer and the job that joins them with a network.
#include "bindings/bind.hpp"
#include "bindings/job_handle.hpp"

namespace fusedmlp {
namespace {

template <typename T>
py::object make_job(const py::object& network, const DataHandle& data,
                    const ObjectiveHandle& objective, const py::object& optimizer,
                    const py::dict& settings) {
  return py::cast(std::make_unique<JobHandle<T>>(network, data, objective, optimizer, settings));
}

py::object job(const py::object& network, const DataHandle& data, const ObjectiveHandle& objective,
               const py::object& optimizer, const py::dict& settings) {
  const bool is_double = py::isinstance<NetworkHandle<double>>(network);
  return (is_double ? make_job<double> : make_job<float>)(network, data, objective, optimizer,
                                                          settings);
}

template <typename T>
py::object make_optimizer(const std::string& name, const Numbers& hyper, const py::sequence& state,
                          const std::vector<std::tuple<Index, Index, double, double>>& segments) {
  auto handle = std::make_unique<OptimizerHandle<T>>();
  handle->state = state;
  handle->run = optimizer_run<T>(name, hyper, state);
  for (const auto& [begin, end, lr, decay] : segments) {
    handle->segments.push_back({begin, end, lr, decay});
  }
  handle->ready = std::make_unique<const SegmentedOptimizer<T>>(handle->run, handle->segments);
  return py::cast(std::move(handle));
}

py::object optimizer(const std::string& dtype, const std::string& name, const Numbers& hyper,
                     const py::sequence& state,
                     const std::vector<std::tuple<Index, Index, double, double>>& segments) {
  const auto& make = dtype == "float64" ? make_optimizer<double> : make_optimizer<float>;
  return make(name, hyper, state, segments);
}

template <typename T>
void bind(py::module_& m, const char* optimizer_name, const char* job_name) {
  using py::arg;
  py::class_<OptimizerHandle<T>>(m, optimizer_name, py::module_local())
      .def("step", &OptimizerHandle<T>::step, arg("p"), arg("g"), arg("lr"), arg("step"),
           arg("weight_decay"));
  using J = JobHandle<T>;
  py::class_<J>(m, job_name, py::module_local())
      .def("steps", &J::steps, arg("rows"))
      .def("epoch", &J::epoch, arg("order").none(true), arg("steps"), arg("max_seconds"))
      .def("epochs", &J::epochs, arg("orders"), arg("steps"), arg("max_seconds"))
      .def("step", &J::step, arg("batch"), arg("steps"))
      .def("step_exact", &J::step_exact, arg("x"), arg("target"), arg("bounds"), arg("rates"),
           arg("number"), arg("draw"))
      .def("evaluate", &J::evaluate, arg("order").none(true), arg("pred").noconvert().none(true),
           arg("metrics"))
      .def("evaluate_exact", &J::evaluate_exact, arg("x"), arg("target"), arg("bounds"),
           arg("metrics"))
      .def("restore", &J::restore)
      .def_property_readonly("theta_before", &J::theta_before);
}

}  // namespace

void bind_job(py::module_& m) {
  using py::arg;
  py::class_<DataHandle>(m, "Data", py::module_local());
  py::class_<ObjectiveHandle>(m, "Objective", py::module_local());
  bind<float>(m, "Optimizer32", "Job32");
  bind<double>(m, "Optimizer64", "Job64");
  m.def(
      "data",
      [](py::array x, py::array target, std::optional<Doubles> weights, bool classes) {
        return DataHandle(std::move(x), std::move(target), std::move(weights), classes);
      },
      arg("x"), arg("target"), arg("weights").none(true), arg("classes"));
  m.def(
      "objective",
      [](py::object loss, Numbers params, Index groups) {
        return ObjectiveHandle{std::move(loss), std::move(params), groups};
      },
      arg("loss"), arg("params"), arg("groups"));
  m.def("optimizer", &optimizer, arg("dtype"), arg("name"), arg("hyper"), arg("state"),
        arg("segments"));
  m.def("job", &job, arg("network"), arg("data"), arg("objective"), arg("optimizer").none(true),
        arg("settings"));
}

}  // namespace fusedmlp
