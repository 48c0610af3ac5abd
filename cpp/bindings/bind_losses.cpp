#include "bindings/arrays.hpp"
#include "bindings/bind.hpp"
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
  const py::gil_scoped_release release;
  loss_all(loss, params.data(), all, num_threads());
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
}

}  // namespace fusedmlp
