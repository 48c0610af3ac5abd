#include "bindings/arrays.hpp"
#include "bindings/bind.hpp"
#include "bindings/gil.hpp"
#include "kernels/norm.hpp"

namespace fusedmlp {
namespace {

template <typename T>
void layer_forward(const Array<T>& x, const Array<T>& gamma, const Array<T>& beta, double eps,
                   Array<T>& y) {
  const Index rows = x.shape(0), columns = x.shape(1);
  const T *x_data = x.data(), *gamma_data = gamma.data(), *beta_data = beta.data();
  T* y_data = y.mutable_data();
  const GilReleased release;
  layer_norm_forward_all(rows, columns, x_data, gamma_data, beta_data, eps, y_data, num_threads());
}

template <typename T>
void layer_backward(const Array<T>& dy, const Array<T>& x, const Array<T>& gamma, double eps,
                    Array<T>& dx, Array<T>& dgamma, Array<T>& dbeta) {
  const Index rows = x.shape(0), columns = x.shape(1);
  const T *dy_data = dy.data(), *x_data = x.data(), *gamma_data = gamma.data();
  T *dx_data = dx.mutable_data(), *dgamma_data = dgamma.mutable_data();
  T* dbeta_data = dbeta.mutable_data();
  const GilReleased release;
  layer_norm_backward_all(rows, columns, dy_data, x_data, gamma_data, eps, dx_data, dgamma_data,
                          dbeta_data, num_threads());
}

template <typename T>
BatchNorm<T> batch_norm(const Array<T>& x, const Array<T>& gamma, bool training, double eps) {
  BatchNorm<T> norm;
  norm.rows = x.shape(0);
  norm.columns = x.shape(1);
  norm.training = training;
  norm.eps = eps;
  norm.gamma = gamma.data();
  return norm;
}

template <typename T>
void batch_forward(const Array<T>& x, const Array<T>& gamma, const Array<T>& beta,
                   MaybeArray<T>& running_mean, MaybeArray<T>& running_var, bool training,
                   double momentum, double eps, Array<T>& y) {
  BatchNorm<T> norm = batch_norm(x, gamma, training, eps);
  norm.beta = beta.data();
  norm.momentum = momentum;
  norm.running_mean = mutable_data_of<T>(running_mean);
  norm.running_var = mutable_data_of<T>(running_var);
  const T* x_data = x.data();
  T* y_data = y.mutable_data();
  const GilReleased release;
  batch_norm_forward_all(norm, x_data, y_data, num_threads());
}

template <typename T>
void batch_backward(const Array<T>& dy, const Array<T>& x, const Array<T>& gamma,
                    const MaybeArray<T>& running_mean, const MaybeArray<T>& running_var,
                    bool training, double eps, Array<T>& dx, Array<T>& dgamma, Array<T>& dbeta) {
  BatchNorm<T> norm = batch_norm(x, gamma, training, eps);
  norm.running_mean = const_cast<T*>(data_of<T>(running_mean));  // read only
  norm.running_var = const_cast<T*>(data_of<T>(running_var));
  const T *dy_data = dy.data(), *x_data = x.data();
  T *dx_data = dx.mutable_data(), *dgamma_data = dgamma.mutable_data();
  T* dbeta_data = dbeta.mutable_data();
  const GilReleased release;
  batch_norm_backward_all(norm, dy_data, x_data, dx_data, dgamma_data, dbeta_data, num_threads());
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
