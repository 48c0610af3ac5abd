#include "bindings/arrays.hpp"
#include "bindings/bind.hpp"
#include "kernels/norm.hpp"

namespace fusedmlp {
namespace {

// Elements that are worth another thread.
constexpr Index kGrain = 16 * 1024;

int team(Index elements) { return threads_for(elements, kGrain, num_threads()); }

template <typename T>
void layer_forward(const Array<T>& x, const Array<T>& gamma, const Array<T>& beta, double eps,
                   Array<T>& y) {
  const Index rows = x.shape(0), columns = x.shape(1);
  const T *x_data = x.data(), *gamma_data = gamma.data(), *beta_data = beta.data();
  T* y_data = y.mutable_data();
  std::vector<T> stats(static_cast<std::size_t>(2 * rows));
  const py::gil_scoped_release release;
  parallel<Denormals::keep>(team(rows * columns), [&](const Worker& worker) {
    const Range mine = worker.share(rows);
    layer_norm_forward(mine.size(), columns, x_data + mine.begin * columns, gamma_data, beta_data,
                       eps, stats.data() + 2 * mine.begin, y_data + mine.begin * columns);
  });
}

template <typename T>
void layer_backward(const Array<T>& dy, const Array<T>& x, const Array<T>& gamma, double eps,
                    Array<T>& dx, Array<T>& dgamma, Array<T>& dbeta) {
  const Index rows = x.shape(0), columns = x.shape(1);
  const T *dy_data = dy.data(), *x_data = x.data(), *gamma_data = gamma.data();
  T *dx_data = dx.mutable_data(), *dgamma_data = dgamma.mutable_data();
  T* dbeta_data = dbeta.mutable_data();
  std::vector<T> stats(static_cast<std::size_t>(2 * rows));
  const py::gil_scoped_release release;
  parallel<Denormals::keep>(team(rows * columns), [&](const Worker& worker) {
    const Range mine = worker.share(rows);
    const Index first = mine.begin * columns;
    T* my_stats = stats.data() + 2 * mine.begin;
    layer_norm_statistics(mine.size(), columns, x_data + first, eps, my_stats);
    layer_norm_backward(mine.size(), columns, dy_data + first, x_data + first, gamma_data, my_stats,
                        dx_data + first);
    worker.barrier();
    layer_norm_parameter_gradients(rows, columns, worker.share(columns, 16), dy_data, x_data,
                                   stats.data(), dgamma_data, dbeta_data);
  });
}

template <typename T>
BatchNorm<T> batch_norm(const Array<T>& x, const Array<T>& gamma, bool training, double eps,
                        std::vector<T>& saved) {
  BatchNorm<T> norm;
  norm.rows = x.shape(0);
  norm.columns = x.shape(1);
  norm.training = training;
  norm.eps = eps;
  norm.gamma = gamma.data();
  saved.resize(static_cast<std::size_t>(2 * norm.columns));
  norm.saved = saved.data();
  return norm;
}

template <typename T>
void batch_forward(const Array<T>& x, const Array<T>& gamma, const Array<T>& beta,
                   MaybeArray<T>& running_mean, MaybeArray<T>& running_var, bool training,
                   double momentum, double eps, Array<T>& y) {
  std::vector<T> saved;
  BatchNorm<T> norm = batch_norm(x, gamma, training, eps, saved);
  norm.beta = beta.data();
  norm.momentum = momentum;
  norm.running_mean = mutable_data_of<T>(running_mean);
  norm.running_var = mutable_data_of<T>(running_var);
  const T* x_data = x.data();
  T* y_data = y.mutable_data();
  const py::gil_scoped_release release;
  parallel<Denormals::keep>(team(norm.rows * norm.columns), [&](const Worker& worker) {
    norm.forward(x_data, y_data, worker.share(norm.rows), worker);
  });
}

template <typename T>
void batch_backward(const Array<T>& dy, const Array<T>& x, const Array<T>& gamma,
                    const MaybeArray<T>& running_mean, const MaybeArray<T>& running_var,
                    bool training, double eps, Array<T>& dx, Array<T>& dgamma, Array<T>& dbeta) {
  std::vector<T> saved;
  BatchNorm<T> norm = batch_norm(x, gamma, training, eps, saved);
  if (!norm.uses_batch()) {  // else they would move once more
    norm.running_mean = const_cast<T*>(data_of<T>(running_mean));
    norm.running_var = const_cast<T*>(data_of<T>(running_var));
  }
  const T *dy_data = dy.data(), *x_data = x.data();
  T *dx_data = dx.mutable_data(), *dgamma_data = dgamma.mutable_data();
  T* dbeta_data = dbeta.mutable_data();
  const py::gil_scoped_release release;
  parallel<Denormals::keep>(team(norm.rows * norm.columns), [&](const Worker& worker) {
    norm.batch_statistics(x_data, worker);
    norm.backward(dy_data, x_data, dx_data, dgamma_data, dbeta_data, worker.share(norm.rows),
                  worker);
  });
}

template <typename T>
void bind(py::module_& m) {
  using py::arg;
  m.def("layer_norm_forward", &layer_forward<T>, arg("x").noconvert(), arg("gamma").noconvert(),
        arg("beta").noconvert(), arg("eps"), arg("y").noconvert());
  m.def("layer_norm_backward", &layer_backward<T>, arg("dy").noconvert(), arg("x").noconvert(),
        arg("gamma").noconvert(), arg("eps"), arg("dx").noconvert(), arg("dgamma").noconvert(),
        arg("dbeta").noconvert());
  m.def("batch_norm_forward", &batch_forward<T>, arg("x").noconvert(), arg("gamma").noconvert(),
        arg("beta").noconvert(), arg("running_mean").noconvert().none(true),
        arg("running_var").noconvert().none(true), arg("training"), arg("momentum"), arg("eps"),
        arg("y").noconvert());
  m.def("batch_norm_backward", &batch_backward<T>, arg("dy").noconvert(), arg("x").noconvert(),
        arg("gamma").noconvert(), arg("running_mean").noconvert().none(true),
        arg("running_var").noconvert().none(true), arg("training"), arg("eps"),
        arg("dx").noconvert(), arg("dgamma").noconvert(), arg("dbeta").noconvert());
}

}  // namespace

void bind_norm(py::module_& m) {
  bind<float>(m);
  bind<double>(m);
}

}  // namespace fusedmlp
