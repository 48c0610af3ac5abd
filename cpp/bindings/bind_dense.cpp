#include "bindings/arrays.hpp"
#include "bindings/bind.hpp"
#include "kernels/dense.hpp"
#include "kernels/parallel.hpp"
#include "network/lookup.hpp"

namespace fusedmlp {
namespace {

// A worker's part of a product of `rows` by `columns`.
struct Part {
  Range rows, columns;
  Part(const Worker& worker, Index all_rows, Index all_columns, bool large)
      : rows(large ? Range{0, all_rows} : worker.share(all_rows)),
        columns(large ? worker.share(all_columns, 16) : Range{0, all_columns}) {}
};

template <typename T>
void forward(const Array<T>& x, const Array<T>& W, const MaybeArray<T>& b,
             const std::string& activation, const Numbers& params, Array<T>& y) {
  const Activation<T>& f = require_activation<T>(activation);
  const Index batch = x.shape(0), in = W.shape(0), out = W.shape(1);
  const T *x_data = x.data(), *W_data = W.data(), *b_data = data_of<T>(b);
  T* y_data = y.mutable_data();
  const py::gil_scoped_release release;
  parallel<Denormals::keep>(
      threads_for(batch * in * out, kWorkGrain, num_threads()), [&](const Worker& worker) {
        const Part part(worker, batch, out, in * out > kLargeWeights);
        dense_forward(part.rows.size(), in, out, x_data + part.rows.begin * in, W_data, b_data,
                      y_data + part.rows.begin * out, part.columns, false);
        if (activation == "identity") return;
        // Whole rows lie one behind the other.
        const bool whole = part.columns.size() == out;
        const Index count = whole ? 1 : part.rows.size();
        const Index size = whole ? part.rows.size() * out : part.columns.size();
        for (Index i = 0; i < count; ++i) {
          T* mine = y_data + (part.rows.begin + i) * out + part.columns.begin;
          f.forward(params.data(), mine, mine, size);
        }
      });
}

template <typename T>
void backward(const Array<T>& dy, const Array<T>& x, const Array<T>& W, MaybeArray<T>& dx,
              Array<T>& dW, Array<T>& db) {
  const Index batch = x.shape(0), in = W.shape(0), out = W.shape(1);
  const T *dy_data = dy.data(), *x_data = x.data(), *W_data = W.data();
  T *dx_data = mutable_data_of<T>(dx), *dW_data = dW.mutable_data(), *db_data = db.mutable_data();
  const py::gil_scoped_release release;
  parallel<Denormals::keep>(
      threads_for(2 * batch * in * out, kWorkGrain, num_threads()), [&](const Worker& worker) {
        if (dx_data != nullptr) {
          const Part part(worker, batch, in, in * out > kLargeWeights);
          dense_input_gradient(part.rows.size(), in, out, dy_data + part.rows.begin * out, W_data,
                               dx_data + part.rows.begin * in, part.columns);
        }
        const Range strip = worker.share(in);
        dense_weight_gradient(batch, in, out, strip, x_data, dy_data, dW_data + strip.begin * out,
                              false);
        const Range columns = worker.share(out, 16);
        column_sums(batch, out, columns.begin, columns.end, dy_data, db_data);
      });
}

template <typename T>
void bind(py::module_& m) {
  m.def("dense_forward", &forward<T>, py::arg("x").noconvert(), py::arg("W").noconvert(),
        py::arg("b").noconvert().none(true), py::arg("activation"), py::arg("params"),
        py::arg("y").noconvert());
  m.def("dense_backward", &backward<T>, py::arg("dy").noconvert(), py::arg("x").noconvert(),
        py::arg("W").noconvert(), py::arg("dx").noconvert().none(true), py::arg("dW").noconvert(),
        py::arg("db").noconvert());
}

}  // namespace

void bind_dense(py::module_& m) {
  bind<float>(m);
  bind<double>(m);
}

}  // namespace fusedmlp
