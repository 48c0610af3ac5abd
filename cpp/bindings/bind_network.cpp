// The engine: a network's plan and scratch memory; all numbers stay in Python's arrays.
#include "bindings/bind.hpp"
#include "bindings/custom_loss.hpp"
#include "bindings/exact_array.hpp"
#include "bindings/optimizer_run.hpp"
#include "bindings/rows_of.hpp"
#include "network/train.hpp"

namespace fusedmlp {
namespace {

using OpTuple = std::tuple<std::string, std::vector<Index>, std::string, Numbers>;

std::vector<OpSpec> specs_of(const std::vector<OpTuple>& ops) {
  std::vector<OpSpec> specs;
  for (const auto& [kind, sizes, activation, params] : ops) {
    specs.push_back({kind, sizes, activation, params});
  }
  return specs;
}

template <typename T>
class Engine {
 public:
  Engine(Index in_features, const std::vector<OpTuple>& ops)
      : network_(in_features, specs_of(ops)) {}

  Index num_parameters() const { return network_.plan().num_parameters(); }
  Index num_buffers() const { return network_.plan().num_buffers(); }
  Index out_features() const { return network_.plan().out_features(); }

  void predict(const Array<T>& theta, const Array<T>& buffers, const py::array& x, Array<T>& y,
               int threads) {
    const Rows rows = rows_of(x);
    const T *theta_data = theta.data(), *buffers_data = buffers.data();
    const Index n = x.shape(0);
    T* out = y.mutable_data();
    const py::gil_scoped_release release;
    network_.predict(theta_data, buffers_data, rows, n, out, threads);
  }

  // The fastest way to one row: exact arrays only, anything else is NotImplemented and left to the
  // door. `out` is None or receives the result.
  py::object predict_row(const py::object& theta, const py::object& buffers, const py::object& x,
                         const py::object& out) {
    const T* x_data = exact_vector<T>(x, network_.plan().in_features());
    if (x_data == nullptr) return not_implemented();
    py::object y = out;
    if (out.is_none()) y = Array<T>(out_features());
    T* y_data = exact_vector<T>(y, out_features(), true);
    if (y_data == nullptr || !apart(x_data, network_.plan().in_features(), y_data, out_features()))
      return not_implemented();
    const T* theta_data = exact_vector<T>(theta, num_parameters());
    const T* buffers_data = exact_vector<T>(buffers, num_buffers());
    if (theta_data == nullptr || buffers_data == nullptr) return not_implemented();
    network_.predict_row(theta_data, buffers_data, x_data, y_data);
    return y;
  }

  void forward(const Array<T>& theta, Array<T>& buffers, const py::array& x, Array<T>& y,
               bool training, std::uint64_t seed, std::uint64_t draw, int threads) {
    const Rows rows = rows_of(x);
    last_ = Pass<T>{};
    last_.rows = x.shape(0);
    last_.training = training;
    last_.seed = seed;
    last_.step = draw;
    last_.theta = theta.data();
    last_.buffers = buffers.mutable_data();
    T* out = y.mutable_data();
    const py::gil_scoped_release release;
    network_.forward(last_, rows, out, threads);
  }

  void backward(const Array<T>& theta, Array<T>& buffers, const Array<T>& dy, Array<T>& grad,
                MaybeArray<T>& dx, int threads) {
    // Sizes and draws of the last forward; arrays as they are now.
    last_.theta = theta.data();
    last_.buffers = buffers.mutable_data();
    last_.grad = grad.mutable_data();
    const T* dy_data = dy.data();
    T* dx_data = mutable_data_of<T>(dx);
    const py::gil_scoped_release release;
    network_.backward(last_, dy_data, dx_data, threads);
  }

  py::dict train(Array<T>& theta, Array<T>& grad, Array<T>& buffers, const py::array& x,
                 const py::array& target, const std::optional<Doubles>& weights,
                 const std::optional<Indices>& order, Index batch_size, const py::object& loss,
                 const Numbers& loss_params, const std::string& optimizer, const Numbers& hyper,
                 const py::sequence& state, double weight_decay,
                 const std::vector<std::pair<Index, Index>>& decay_ranges, const Doubles& lrs,
                 std::int64_t first_step, std::uint64_t first_draw, double max_norm,
                 double max_value, std::uint64_t seed, int threads, double max_seconds,
                 MaybeArray<T>& average, const std::optional<Doubles>& average_rates,
                 MaybeArray<T>& before) {
    TrainData data;
    data.x = rows_of(x);
    data.target = rows_of(target);
    data.classes = target.ndim() == 1;
    data.weights = weights ? weights->data() : nullptr;
    data.order = order ? order->data() : nullptr;
    data.count = order ? order->shape(0) : x.shape(0);
    data.batch_size = batch_size;

    TrainSettings<T> settings;
    py::object error = py::none();  // what a signal handler or the custom loss raised
    if (py::isinstance<py::str>(loss)) {
      const auto name = loss.cast<std::string>();
      settings.loss = &require(find_loss<T>(name), "loss", name);
    } else {
      settings.custom_loss = custom_loss<T>(loss, out_features(), data.target.columns, error);
    }
    settings.loss_params = loss_params;
    settings.optimizer = optimizer_run<T>(optimizer, hyper, state, weight_decay, decay_ranges);
    settings.learning_rates = lrs.data();
    settings.first_step = first_step;
    settings.first_draw = first_draw;
    settings.max_norm = max_norm;
    settings.max_value = max_value;
    settings.seed = seed;
    settings.threads = threads;
    settings.max_seconds = max_seconds;
    settings.average = mutable_data_of<T>(average);
    settings.average_rates = average_rates ? average_rates->data() : nullptr;
    settings.before = mutable_data_of<T>(before);
    settings.poll = [&error] { return interrupted(error); };

    T *theta_data = theta.mutable_data(), *grad_data = grad.mutable_data();
    T* buffers_data = buffers.mutable_data();
    TrainResult result;
    {
      const py::gil_scoped_release release;
      result = fusedmlp::train(network_, theta_data, grad_data, buffers_data, data, settings);
    }
    // Epochs may be too short for the poll, and before Python 3.11 a signal that reached another
    // thread waits until somebody asks.
    if (error.is_none()) interrupted(error);
    using namespace py::literals;
    return py::dict("loss_sum"_a = result.loss_sum, "weight_sum"_a = result.weight_sum,
                    "last_loss"_a = result.last_loss, "gradient_norm"_a = result.gradient_norm,
                    "steps"_a = result.steps, "finite"_a = result.finite,
                    "stopped"_a = result.stopped, "error"_a = error);
  }

 private:
  // Ctrl-C and other signals: Python's handler runs here and may raise.
  static bool interrupted(py::object& error) {
    const py::gil_scoped_acquire acquire;
    if (PyErr_CheckSignals() == 0) return false;
    error = py::error_already_set().value();
    return true;
  }

  Network<T> network_;
  Pass<T> last_;
};

template <typename T>
void bind(py::module_& m, const char* name) {
  using E = Engine<T>;
  using py::arg;
  py::class_<E>(m, name, py::module_local())
      .def_property_readonly("num_parameters", &E::num_parameters)
      .def_property_readonly("num_buffers", &E::num_buffers)
      .def_property_readonly("out_features", &E::out_features)
      .def("predict", &E::predict, arg("theta").noconvert(), arg("buffers").noconvert(), arg("x"),
           arg("y").noconvert(), arg("num_threads"))
      .def("predict_row", &E::predict_row, arg("theta"), arg("buffers"), arg("x"), arg("out"))
      .def("forward", &E::forward, arg("theta").noconvert(), arg("buffers").noconvert(), arg("x"),
           arg("y").noconvert(), arg("training"), arg("seed"), arg("draw"), arg("num_threads"))
      .def("backward", &E::backward, arg("theta").noconvert(), arg("buffers").noconvert(),
           arg("dy").noconvert(), arg("grad").noconvert(), arg("dx").noconvert().none(true),
           arg("num_threads"))
      .def("train", &E::train, arg("theta").noconvert(), arg("grad").noconvert(),
           arg("buffers").noconvert(), arg("x"), arg("target"), arg("weights").none(true),
           arg("order").none(true), arg("batch_size"), arg("loss"), arg("loss_params"),
           arg("optimizer"), arg("hyper"), arg("state"), arg("weight_decay"), arg("decay_ranges"),
           arg("lrs"), arg("first_step"), arg("first_draw"), arg("max_norm"), arg("max_value"),
           arg("seed"), arg("num_threads"), arg("max_seconds"),
           arg("average").noconvert().none(true), arg("average_rates").none(true),
           arg("before").noconvert().none(true));
}

py::object network(const std::string& dtype, Index in_features, const std::vector<OpTuple>& ops) {
  if (dtype == "float64") return py::cast(std::make_unique<Engine<double>>(in_features, ops));
  return py::cast(std::make_unique<Engine<float>>(in_features, ops));
}

}  // namespace

void bind_network(py::module_& m) {
  bind<float>(m, "Network32");
  bind<double>(m, "Network64");
  m.def("network", &network, py::arg("dtype"), py::arg("in_features"), py::arg("ops"));
}

}  // namespace fusedmlp
