#include "bindings/arrays.hpp"
#include "bindings/bind.hpp"
#include "bindings/exact_target.hpp"
#include "bindings/gil.hpp"
#include "kernels/losses.hpp"
#include "kernels/parallel.hpp"
#include "network/lookup.hpp"

namespace fusedmlp {
namespace {

template <typename T>
void forward_backward(const std::string& name, const Numbers& params, const Array<T>& pred,
                      const py::array& target, const Doubles& row_scale, Doubles& row_loss,
                      MaybeArray<T>& dpred) {
  const Loss<T>& loss = require(find_loss<T>(name), "loss", name);
  LossRows<T> all{};
  all.pred = pred.data();
  if (target.dtype().kind() == 'i') {
    all.classes = static_cast<const std::int64_t*>(target.data());
  } else {
    all.target = static_cast<const T*>(target.data());
  }
  all.rows = pred.shape(0);
  all.cols = pred.shape(1);
  all.row_scale = row_scale.data();
  all.row_loss = row_loss.mutable_data();
  all.dpred = mutable_data_of<T>(dpred);
  const GilReleased release;
  loss_all(loss, params.data(), all, num_threads());
}

// Mean loss of exact arrays whose targets lie within bounds, and its gradient or None.
template <typename T>
py::object mean_exact(const std::string& name, const Numbers& params, const py::object& pred,
                      const py::object& target, Pair bounds, bool gradient) {
  const auto* p = exact_array<T>(pred);
  if (p == nullptr || (p->nd != 1 && p->nd != 2)) return not_implemented();
  const Loss<T>& loss = require(find_loss<T>(name), "loss", name);
  LossRows<T> all{};
  all.pred = data_of<T>(*p);
  all.rows = p->dimensions[0];
  all.cols = p->nd == 2 ? p->dimensions[1] : 1;
  if (all.rows == 0 || all.cols == 0 || (p->nd == 1 && loss.classes)) return not_implemented();
  if (!exact_target(target, all, loss.classes, bounds)) return not_implemented();
  std::vector<double> work(static_cast<std::size_t>(2 * all.rows));
  const double share = 1.0 / static_cast<double>(all.rows);
  std::fill_n(work.begin(), all.rows, share);
  all.row_scale = work.data();
  all.row_loss = work.data() + all.rows;
  py::object dpred = py::none();
  if (gradient) {
    Array<T> array(std::vector<Index>(p->dimensions, p->dimensions + p->nd));
    all.dpred = array.mutable_data();
    dpred = array;
  }
  double sum = 0.0;
  {
    const GilReleased release;
    loss_all(loss, params.data(), all, num_threads());
    // Row after row, as everywhere.
    for (Index i = 0; i < all.rows; ++i) sum += all.row_loss[i];
  }
  return py::make_tuple(sum / static_cast<double>(all.rows), dpred);
}

py::object loss_mean_exact(const std::string& name, const Numbers& params, const py::object& pred,
                           const py::object& target, Pair bounds, bool gradient) {
  py::object found = mean_exact<float>(name, params, pred, target, bounds, gradient);
  if (found.ptr() != Py_NotImplemented) return found;
  return mean_exact<double>(name, params, pred, target, bounds, gradient);
}

template <typename T>
void bind(py::module_& m) {
  m.def("loss_forward_backward", &forward_backward<T>, py::arg("name"), py::arg("params"),
        py::arg("pred").noconvert(), py::arg("target").noconvert(),
        py::arg("row_scale").noconvert(), py::arg("row_loss").noconvert(),
        py::arg("dpred").noconvert().none(true));
}

}  // namespace

void bind_losses(py::module_& m) {
  bind<float>(m);
  bind<double>(m);
  m.def("loss_mean_exact", &loss_mean_exact, py::arg("name"), py::arg("params"), py::arg("pred"),
        py::arg("target"), py::arg("bounds"), py::arg("gradient"));
}

}  // namespace fusedmlp
