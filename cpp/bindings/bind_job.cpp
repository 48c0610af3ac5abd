// A fit as an object: data, objective, optimizer and the job that joins them with a network.
#include "bindings/bind.hpp"
#include "bindings/custom_loss.hpp"
#include "bindings/network_handle.hpp"
#include "bindings/optimizer_run.hpp"
#include "bindings/rows_of.hpp"
#include "network/job.hpp"
#include "network/team.hpp"

namespace fusedmlp {
namespace {

struct DataHandle {
  py::array x, target;
  std::optional<Doubles> weights;
  Data data;

  DataHandle(py::array x_rows, py::array targets, std::optional<Doubles> row_weights, bool classes)
      : x(std::move(x_rows)), target(std::move(targets)), weights(std::move(row_weights)) {
    data.x = rows_of(x);
    data.target = rows_of(target);
    data.count = x.shape(0);
    if (classes && !py::isinstance<Indices>(target)) {
      throw py::type_error("data: class indices must be C-contiguous int64");
    }
    data.classes = classes;
    data.weights = weights ? weights->data() : nullptr;
  }
};

struct ObjectiveHandle {
  py::object loss;  // a name or a callable
  Numbers params;
  Index groups;
};

template <typename T>
struct OptimizerHandle {
  py::object state;  // keeps the arrays alive
  OptimizerRun<T> run;
  std::vector<Segment> segments;

  void step(Array<T>& p, const Array<T>& g, double lr, std::int64_t number, double weight_decay) {
    SegmentedOptimizer<T> optimizer(run, segments);
    T* p_data = p.mutable_data();
    const T* g_data = g.data();
    const py::gil_scoped_release release;
    optimizer.prepare(lr, number, weight_decay);
    optimizer.apply_parallel(p_data, g_data, num_threads());
  }
};

// Reads the job's settings by name: a new one is a field of JobSettings and a line here.
template <typename T>
JobSettings<T> settings_of(const py::dict& given) {
  JobSettings<T> settings;
  std::size_t known = 0;
  const auto read = [&](const char* name, auto& field) {
    if (!given.contains(name)) return;
    field = py::cast<std::decay_t<decltype(field)>>(given[name]);
    ++known;
  };
  read("batch_size", settings.batch_size);
  read("clip_grad_norm", settings.max_norm);
  read("clip_grad_value", settings.max_value);
  read("seed", settings.seed);
  read("num_threads", settings.threads);
  read("loss_scale", settings.loss_scale);
  for (const char* name : {"average", "on_gradient", "trace"})
    known += given.contains(name) ? 1 : 0;
  if (known != given.size()) throw py::type_error("job: unknown setting");
  return settings;
}

// Steps as Python's NamedTuple holds them; its arrays stay alive for the length of the call.
Steps steps_of(const py::tuple& steps) {
  const auto array = [&](std::size_t i) -> const double* {
    const py::object item = steps[i];
    return item.is_none() ? nullptr : py::cast<Doubles>(item).data();
  };
  Steps s;
  s.learning_rates = array(0);
  s.weight_decays = array(1);
  s.dropout = array(2);
  s.average_rates = array(3);
  s.first_step = py::cast<std::int64_t>(steps[4]);
  s.first_draw = py::cast<std::uint64_t>(steps[5]);
  return s;
}

py::dict result_of(const EpochResult& result, const py::object& error) {
  using namespace py::literals;
  return py::dict("loss_sum"_a = result.loss_sum, "weight_sum"_a = result.weight_sum,
                  "last_loss"_a = result.last_loss, "gradient_norm"_a = result.gradient_norm,
                  "steps"_a = result.steps, "finite"_a = result.finite,
                  "stopped"_a = result.stopped, "error"_a = error);
}

template <typename T>
class JobHandle {
 public:
  JobHandle(py::object network, const DataHandle& data, const ObjectiveHandle& objective,
            const py::object& optimizer, const py::dict& settings)
      : network_object_(std::move(network)),
        network_(py::cast<NetworkHandle<T>&>(network_object_)),
        data_(data),
        optimizer_(optimizer),
        average_(settings.contains("average") ? py::object(settings["average"]) : py::none()),
        trace_(settings.contains("trace") ? py::object(settings["trace"]) : py::none()) {
    JobSettings<T> chosen = settings_of<T>(settings);
    if (!average_.is_none()) chosen.average = py::cast<Array<T>>(average_).mutable_data();
    if (!trace_.is_none()) chosen.trace = py::cast<Doubles>(trace_).mutable_data();
    chosen.poll = [error = error_] { return error->interrupted(); };
    if (settings.contains("on_gradient") && !settings["on_gradient"].is_none()) {
      chosen.on_gradient = hook(settings["on_gradient"]);
    }
    std::unique_ptr<SegmentedOptimizer<T>> update;
    if (!optimizer.is_none()) {
      if (!network_.grad) throw py::value_error("job: training needs a network with grad");
      const auto& handle = py::cast<const OptimizerHandle<T>&>(optimizer);
      update = std::make_unique<SegmentedOptimizer<T>>(handle.run, handle.segments);
    }
    job_ = std::make_unique<Job<T>>(network_.network, data.data, objective_of(objective),
                                    std::move(update), std::move(chosen));
  }

  Index steps(Index rows) const { return job_->batches(rows).steps(); }

  py::dict epoch(const std::optional<Indices>& order, const py::tuple& steps, double max_seconds) {
    require_optimizer();
    const Selection rows = selection(order);
    const Steps chosen = steps_of(steps);
    job_->reserve(job_->batches(rows.count).most());
    EpochResult result;
    {
      const py::gil_scoped_release release;
      result = job_->epoch(rows, chosen, max_seconds);
    }
    return finished(result);
  }

  py::dict step(const DataHandle& batch, const py::tuple& steps) {
    require_optimizer();
    const Steps chosen = steps_of(steps);
    EpochResult result;
    {
      const py::gil_scoped_release release;
      result = job_->step(batch.data, chosen);
    }
    return finished(result);
  }

  py::dict evaluate(const std::optional<Indices>& order, MaybeArray<T>& pred) {
    const Selection rows = selection(order);
    T* out = mutable_data_of<T>(pred);
    EpochResult result;
    {
      const py::gil_scoped_release release;
      result = job_->evaluate(rows, out);
    }
    return result_of(result, py::none());
  }

  void restore() { job_->restore(); }

  // theta before the last epoch, a view that keeps the job alive.
  static py::object theta_before(const py::object& self) {
    const auto& handle = py::cast<const JobHandle&>(self);
    const T* kept = handle.job_->theta_before();
    if (kept == nullptr) return py::none();
    return Array<T>(handle.network_.theta.size(), kept, self);
  }

  Selection selection(const std::optional<Indices>& order) const {
    if (order) return {order->data(), order->shape(0)};
    return {nullptr, data_.data.count};
  }
  Job<T>& job() { return *job_; }

  // Epochs may be too short for the poll, and before Python 3.11 a signal that reached another
  // thread waits until somebody asks.
  py::dict finished(const EpochResult& result) {
    if (!error_->is_set()) error_->interrupted();
    return result_of(result, error_->take());
  }

 private:
  void require_optimizer() const {
    if (optimizer_.is_none()) throw py::value_error("job: training needs an optimizer");
  }

  Objective<T> objective_of(const ObjectiveHandle& given) const {
    Objective<T> objective;
    if (py::isinstance<py::str>(given.loss)) {
      const auto name = py::cast<std::string>(given.loss);
      objective.loss = &require(find_loss<T>(name), "loss", name);
    } else {
      objective.custom = custom_loss<T>(given.loss, network_.network.plan().out_features(), error_);
    }
    objective.params = given.params;
    objective.groups = given.groups;
    return objective;
  }

  std::function<bool()> hook(const py::object& function) const {
    return [function, grad = *network_.grad, error = error_] {
      const py::gil_scoped_acquire acquire;
      try {
        function(grad);
        return true;
      } catch (py::error_already_set& raised) {
        error->keep(raised);
        return false;
      }
    };
  }

  py::object network_object_;
  NetworkHandle<T>& network_;
  DataHandle data_;
  py::object optimizer_, average_, trace_;
  SharedError error_ = std::make_shared<PythonError>();
  std::unique_ptr<Job<T>> job_;
};

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
  return py::cast(std::move(handle));
}

py::object optimizer(const std::string& dtype, const std::string& name, const Numbers& hyper,
                     const py::sequence& state,
                     const std::vector<std::tuple<Index, Index, double, double>>& segments) {
  const auto& make = dtype == "float64" ? make_optimizer<double> : make_optimizer<float>;
  return make(name, hyper, state, segments);
}

// One epoch of each job, side by side.
py::list run(const py::sequence& epochs, int threads) {
  std::vector<std::function<void()>> tasks;
  std::vector<std::function<py::dict()>> finish;
  std::vector<py::object> alive;
  const auto add = [&](auto& handle, const py::tuple& item) {
    const auto order = py::cast<std::optional<Indices>>(item[1]);
    const Selection rows = handle.selection(order);
    const Steps steps = steps_of(item[2]);
    const auto max_seconds = py::cast<double>(item[3]);
    handle.job().reserve(handle.job().batches(rows.count).most());
    const auto result = std::make_shared<EpochResult>();
    tasks.emplace_back([=, &handle] { *result = handle.job().epoch(rows, steps, max_seconds); });
    finish.emplace_back([=, &handle] { return handle.finished(*result); });
    alive.push_back(item);
    alive.push_back(py::cast(order));
  };
  for (const py::handle item : epochs) {
    const auto entry = py::cast<py::tuple>(item);
    if (py::isinstance<JobHandle<double>>(entry[0])) {
      add(py::cast<JobHandle<double>&>(entry[0]), entry);
    } else {
      add(py::cast<JobHandle<float>&>(entry[0]), entry);
    }
  }
  {
    const py::gil_scoped_release release;
    run_side_by_side(tasks, threads);
  }
  py::list results;
  for (const auto& result : finish) results.append(result());
  return results;
}

template <typename T>
void bind(py::module_& m, const char* optimizer_name, const char* job_name) {
  using py::arg;
  py::class_<OptimizerHandle<T>>(m, optimizer_name, py::module_local())
      .def("step", &OptimizerHandle<T>::step, arg("p").noconvert(), arg("g").noconvert(), arg("lr"),
           arg("step"), arg("weight_decay"));
  using J = JobHandle<T>;
  py::class_<J>(m, job_name, py::module_local())
      .def("steps", &J::steps, arg("rows"))
      .def("epoch", &J::epoch, arg("order").none(true), arg("steps"), arg("max_seconds"))
      .def("step", &J::step, arg("batch"), arg("steps"))
      .def("evaluate", &J::evaluate, arg("order").none(true), arg("pred").noconvert().none(true))
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
  m.def("run", &run, arg("epochs"), arg("num_threads"));
}

}  // namespace fusedmlp
