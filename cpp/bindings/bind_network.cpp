// The network: plan, scratch memory and passes; all numbers stay in Python's arrays.
#include "bindings/bind.hpp"
#include "bindings/exact_array.hpp"
#include "bindings/gil.hpp"
#include "bindings/network_handle.hpp"
#include "bindings/rows_of.hpp"
#include "kernels/parallel.hpp"

namespace fusedmlp {
namespace {

using OpPair = std::pair<std::string, std::map<std::string, Setting>>;

template <typename T>
void predict(NetworkHandle<T>& net, const py::array& x, Array<T>& y, int threads) {
  const Rows rows = rows_of(x);
  const Index n = x.shape(0);
  T* out = y.mutable_data();
  const GilReleased release;
  net.network.predict(rows, n, out, threads);
}

// The fastest way to one row: exact arrays only, anything else is NotImplemented and left to the
// checks in Python. `out` is None or receives the result.
template <typename T>
py::object predict_row(NetworkHandle<T>& net, const py::object& x, const py::object& out) {
  const Index in = net.network.plan().in_features(), width = net.network.plan().out_features();
  const T* x_data = exact_vector<T>(x, in);
  if (x_data == nullptr) return not_implemented();
  py::object y = out;
  if (out.is_none()) y = Array<T>(width);
  T* y_data = exact_vector<T>(y, width, true);
  if (y_data == nullptr || !apart(x_data, in, y_data, width)) return not_implemented();
  net.network.predict_row(x_data, y_data);
  return y;
}

// Rows, like predict_row.
template <typename T>
py::object predict_exact(NetworkHandle<T>& net, const py::object& x, const py::object& out) {
  const Index in = net.network.plan().in_features(), width = net.network.plan().out_features();
  const auto* rows = exact_rows<T>(x, in);
  if (rows == nullptr) return not_implemented();
  const Index n = rows->dimensions[0];
  const T* x_data = data_of<T>(*rows);
  py::object y = out;
  if (out.is_none()) y = Array<T>({n, width});
  T* y_data = exact_matrix<T>(y, n, width, kWriteable);
  if (y_data == nullptr || !apart(x_data, n * in, y_data, n * width)) return not_implemented();
  const GilReleased release;
  net.network.predict(dense_rows(x_data, in), n, y_data, num_threads());
  return y;
}

// What the last forward pass was, for backward.
template <typename T>
void remember(NetworkHandle<T>& net, Index rows, bool training, std::uint64_t seed,
              std::uint64_t draw) {
  net.last = Pass<T>{};
  net.last.rows = rows;
  net.last.training = training;
  net.last.seed = seed;
  net.last.draw = draw;
}

template <typename T>
void forward(NetworkHandle<T>& net, const py::array& x, Array<T>& y, bool training,
             std::uint64_t seed, std::uint64_t draw, int threads) {
  const Rows rows = rows_of(x);
  remember(net, x.shape(0), training, seed, draw);
  T* out = y.mutable_data();
  const GilReleased release;
  net.network.forward(net.last, rows, out, threads);
}

// Returns the outputs for exact rows; NotImplemented for anything else.
template <typename T>
py::object forward_exact(NetworkHandle<T>& net, const py::object& x, bool training,
                         std::uint64_t seed, std::uint64_t draw) {
  const Plan<T>& plan = net.network.plan();
  const auto* rows = exact_rows<T>(x, plan.in_features());
  if (rows == nullptr) return not_implemented();
  const Index n = rows->dimensions[0];
  if (training && n == 1 && plan.needs_batch()) return not_implemented();
  Array<T> y({n, plan.out_features()});
  remember(net, n, training, seed, draw);
  T* y_data = y.mutable_data();
  const GilReleased release;
  net.network.forward(net.last, dense_rows(data_of<T>(*rows), plan.in_features()), y_data,
                      num_threads());
  return y;
}

// Returns dx, or None where it is not needed; NotImplemented for anything but an exact dy.
template <typename T>
py::object backward_exact(NetworkHandle<T>& net, const py::object& dy, bool need_dx) {
  const Plan<T>& plan = net.network.plan();
  const T* dy_data = exact_matrix<T>(dy, net.last.rows, plan.out_features());
  if (dy_data == nullptr || !net.grad) return not_implemented();
  MaybeArray<T> dx;
  if (need_dx) dx = Array<T>({net.last.rows, plan.in_features()});
  T* dx_data = mutable_data_of<T>(dx);
  {
    const GilReleased release;
    net.network.backward(net.last, dy_data, dx_data, num_threads());
  }
  return dx ? py::object(*dx) : py::none();
}

template <typename T>
void backward(NetworkHandle<T>& net, const Array<T>& dy, MaybeArray<T>& dx, int threads) {
  if (!net.grad) throw py::value_error("network: backward needs grad");
  const T* dy_data = dy.data();
  T* dx_data = mutable_data_of<T>(dx);
  const GilReleased release;
  net.network.backward(net.last, dy_data, dx_data, threads);
}

template <typename T>
void bind(py::module_& m, const char* name) {
  using N = NetworkHandle<T>;
  using py::arg;
  const auto plan = [](const N& net) -> const Plan<T>& { return net.network.plan(); };
  py::class_<N>(m, name, py::module_local())
      .def_property_readonly("num_parameters", [=](const N& n) { return plan(n).num_parameters(); })
      .def_property_readonly("num_buffers", [=](const N& n) { return plan(n).num_buffers(); })
      .def_property_readonly("out_features", [=](const N& n) { return plan(n).out_features(); })
      .def("predict", &predict<T>, arg("x"), arg("y").noconvert(), arg("num_threads"))
      .def("predict_row", &predict_row<T>, arg("x"), arg("out"))
      .def("predict_exact", &predict_exact<T>, arg("x"), arg("out"))
      .def("forward_exact", &forward_exact<T>, arg("x"), arg("training"), arg("seed"), arg("draw"))
      .def("backward_exact", &backward_exact<T>, arg("dy"), arg("need_dx"))
      .def("forward", &forward<T>, arg("x"), arg("y").noconvert(), arg("training"), arg("seed"),
           arg("draw"), arg("num_threads"))
      .def("backward", &backward<T>, arg("dy").noconvert(), arg("dx").noconvert().none(true),
           arg("num_threads"));
}

template <typename T>
py::object make(Index in_features, const std::vector<OpPair>& ops, const py::object& theta,
                const py::object& grad, const py::object& buffers) {
  std::vector<OpSpec> specs;
  for (const auto& [kind, settings] : ops) specs.push_back({kind, settings});
  const auto exact = [](const py::object& array) {
    if (!py::isinstance<Array<T>>(array)) {
      throw py::type_error(
          "network: theta, grad and buffers must be C-contiguous arrays of its dtype");
    }
    return py::reinterpret_borrow<Array<T>>(array);
  };
  MaybeArray<T> gradient;
  if (!grad.is_none()) gradient = exact(grad);
  return py::cast(std::make_unique<NetworkHandle<T>>(in_features, specs, exact(theta), gradient,
                                                     exact(buffers)));
}

py::object network(const std::string& dtype, Index in_features, const std::vector<OpPair>& ops,
                   const py::object& theta, const py::object& grad, const py::object& buffers) {
  const auto& create = dtype == "float64" ? make<double> : make<float>;
  return create(in_features, ops, theta, grad, buffers);
}

}  // namespace

void bind_network(py::module_& m) {
  bind<float>(m, "Network32");
  bind<double>(m, "Network64");
  m.def("network", &network, py::arg("dtype"), py::arg("in_features"), py::arg("ops"),
        py::arg("theta"), py::arg("grad"), py::arg("buffers"));
}

}  // namespace fusedmlp
