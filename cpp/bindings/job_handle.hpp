// A job as Python holds it, with what it works on alive.
#pragma once

#include "bindings/custom_loss.hpp"
#include "bindings/gil.hpp"
#include "bindings/job_parts.hpp"
#include "bindings/network_handle.hpp"
#include "kernels/reductions.hpp"
#include "network/job.hpp"

namespace fusedmlp {

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
  read("batches", settings.batches);
  read("clip_grad_norm", settings.max_norm);
  read("clip_grad_value", settings.max_value);
  read("seed", settings.seed);
  read("num_threads", settings.threads);
  read("parts", settings.parts);
  for (const char* name : {"average", "on_gradient", "on_part", "poll", "trace"}) {
    known += given.contains(name) ? 1 : 0;
  }
  if (known != given.size()) throw py::type_error("job: unknown setting");
  return settings;
}

// Steps as Python's NamedTuple holds them; its arrays stay alive for the length of the call.
inline Steps steps_of(const py::tuple& steps) {
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
  s.loss_scales = array(6);
  return s;
}

inline py::dict result_of(const EpochResult& result, const py::object& error) {
  using namespace py::literals;
  return py::dict("loss_sum"_a = result.loss_sum, "weight_sum"_a = result.weight_sum,
                  "last_loss"_a = result.last_loss, "gradient_norm"_a = result.gradient_norm,
                  "steps"_a = result.steps, "seconds"_a = result.seconds,
                  "finite"_a = result.finite, "stopped"_a = result.stopped, "error"_a = error);
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
        trace_(settings.contains("trace") ? py::object(settings["trace"]) : py::none()),
        poll_(settings.contains("poll") ? py::object(settings["poll"]) : py::none()) {
    JobSettings<T> chosen = settings_of<T>(settings);
    if (!average_.is_none()) chosen.average = py::cast<Array<T>>(average_).mutable_data();
    if (!trace_.is_none()) chosen.trace = py::cast<Doubles>(trace_).mutable_data();
    chosen.poll = [error = error_, poll = poll_] { return error->interrupted(poll); };
    if (settings.contains("on_gradient") && !settings["on_gradient"].is_none()) {
      chosen.on_gradient = [call = hook(settings["on_gradient"]), grad = *network_.grad] {
        return call([&](const py::object& function) { function(grad); });
      };
    }
    if (!chosen.parts.empty()) {
      chosen.on_part = [call = hook(settings["on_part"])](Range part) {
        return call([&](const py::object& function) { function(part.begin, part.end); });
      };
    }
    std::unique_ptr<SegmentedOptimizer<T>> update;
    if (!optimizer.is_none()) {
      if (!network_.grad) throw py::value_error("job: training needs a network with grad");
      const auto& handle = py::cast<const OptimizerHandle<T>&>(optimizer);
      update = std::make_unique<SegmentedOptimizer<T>>(*handle.ready);
    }
    Objective<T> aim = objective_of(objective);
    if (aim.groups == 1) named_loss_ = aim.loss;
    job_ = std::make_unique<Job<T>>(network_.network, data.data, std::move(aim), std::move(update),
                                    std::move(chosen));
  }

  Index steps(Index rows) const { return job_->batches(rows).steps(); }

  py::dict epoch(const std::optional<Indices>& order, const py::tuple& steps, double max_seconds) {
    return py::dict(epochs({order}, steps, max_seconds)[0]);
  }

  py::list epochs(const std::vector<std::optional<Indices>>& orders, const py::tuple& steps,
                  double max_seconds) {
    require_optimizer();
    std::vector<Selection> passes;
    for (const auto& order : orders) passes.push_back(selection(order));
    std::vector<EpochResult> results;
    {
      Steps left = steps_of(steps);
      double time = max_seconds;
      const GilReleased release;
      for (const Selection& rows : passes) {
        const EpochResult& made = results.emplace_back(job_->epoch(rows, left, time));
        // 0 would be no limit.
        if (max_seconds > 0) time = std::max(time - made.seconds, 1e-9);
        if (!made.finite || made.stopped || made.steps < this->steps(rows.count)) break;
        left.advance(made.steps);
      }
    }
    py::list found;
    for (std::size_t k = 0; k + 1 < results.size(); ++k) {
      found.append(result_of(results[k], py::none()));
    }
    if (!results.empty()) found.append(finished(results.back()));
    return found;
  }

  py::dict step(const DataHandle& batch, const py::tuple& steps) {
    require_optimizer();
    const Steps chosen = steps_of(steps);
    EpochResult result;
    {
      const GilReleased release;
      result = job_->step(batch.data, chosen);
    }
    return finished(result);
  }

  // The loss before a step on exact and finite arrays, whose targets lie within bounds; rates are
  // learning rate and weight decay.
  // NotImplemented, and nothing changed, for anything else and where the loss is not finite.
  py::object step_exact(const py::object& x, const py::object& target, Pair bounds, Pair rates,
                        std::int64_t number, std::uint64_t draw) {
    const std::optional<Data> data = exact_data(x, target, bounds);
    if (!data || optimizer_.is_none() ||
        (data->count == 1 && network_.network.plan().needs_batch())) {
      return not_implemented();
    }
    Steps steps;
    steps.learning_rates = &rates.first;
    steps.weight_decays = &rates.second;
    steps.first_step = number;
    steps.first_draw = draw;
    EpochResult result;
    {
      const GilReleased release;
      result = job_->step(*data, steps);
    }
    return result.finite ? py::object(py::float_(result.last_loss)) : not_implemented();
  }

  py::dict evaluate(const std::optional<Indices>& order, MaybeArray<T>& pred,
                    const std::vector<std::string>& metrics) {
    return measured(data_.data, selection(order), mutable_data_of<T>(pred), metrics);
  }

  // The same on all rows of exact and finite arrays, like step_exact.
  py::object evaluate_exact(const py::object& x, const py::object& target, Pair bounds,
                            const std::vector<std::string>& metrics) {
    const std::optional<Data> data = exact_data(x, target, bounds);
    if (!data) return not_implemented();
    return measured(*data, {nullptr, data->count}, nullptr, metrics);
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
    if (!error_->is_set()) error_->interrupted(poll_);
    return result_of(result, error_->take());
  }

 private:
  // Empty unless the arrays are exact and finite, and the targets lie within bounds.
  std::optional<Data> exact_data(const py::object& x, const py::object& target, Pair bounds) const {
    const Index in = network_.network.plan().in_features();
    const auto* rows = exact_rows<T>(x, in);
    if (rows == nullptr || named_loss_ == nullptr) return std::nullopt;
    LossRows<T> batch{};
    batch.rows = rows->dimensions[0];
    batch.cols = network_.network.plan().out_features();
    const T* x_data = data_of<T>(*rows);
    if (batch.rows == 0 || !exact_target(target, batch, named_loss_->classes, bounds) ||
        (batch.classes != nullptr) != data_.data.classes || !all_finite(x_data, batch.rows * in) ||
        (batch.target != nullptr && !all_finite(batch.target, batch.rows * batch.cols))) {
      return std::nullopt;
    }
    Data data;
    data.x = dense_rows(x_data, in);
    data.classes = batch.classes != nullptr;
    data.target =
        data.classes ? dense_rows(batch.classes, 1) : dense_rows(batch.target, batch.cols);
    data.count = batch.rows;
    return data;
  }

  py::dict measured(const Data& data, const Selection& rows, T* pred,
                    const std::vector<std::string>& metrics) {
    typename Job<T>::Metrics chosen;
    for (const std::string& name : metrics) {
      chosen.push_back(&require(find_metric<T>(name), "metric", name));
    }
    std::vector<std::optional<double>> values;
    EpochResult result;
    {
      const GilReleased release;
      result = job_->evaluate(data, rows, pred, chosen, values);
    }
    return py::dict(py::arg("loss_sum") = result.loss_sum,
                    py::arg("weight_sum") = result.weight_sum, py::arg("metrics") = values);
  }

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

  // What calls a function of Python from the engine: false where it raises.
  auto hook(const py::object& function) const {
    return [function, error = error_](const auto& call) {
      return with_gil([&] {
        try {
          call(function);
          return true;
        } catch (py::error_already_set& raised) {
          error->keep(raised);
          return false;
        }
      });
    };
  }

  py::object network_object_;
  NetworkHandle<T>& network_;
  DataHandle data_;
  py::object optimizer_, average_, trace_, poll_;
  const Loss<T>* named_loss_ = nullptr;  // null: the user's own, or several groups
  SharedError error_ = std::make_shared<PythonError>();
  std::unique_ptr<Job<T>> job_;
};

}  // namespace fusedmlp
