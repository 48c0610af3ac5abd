#include "bindings/arrays.hpp"
#include "bindings/bind.hpp"
#include "bindings/exact_array.hpp"
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
        columns(large ? worker.share(all_columns, kColumnGrain) : Range{0, all_columns}) {}
};

// The sizes of a dense layer and its operands; b may be null.
template <typename T>
struct Layer {
  Index batch, in, out;
  const T *x, *W, *b;
};

template <typename T>
void run_forward(const Activation<T>& f, const Numbers& params, const Layer<T>& l, T* y) {
  const py::gil_scoped_release release;
  const bool linear = f.name == std::string_view("identity");
  parallel<Denormals::keep>(
      threads_for(l.batch * l.in * l.out, kWorkGrain, num_threads()), [&](const Worker& worker) {
        const Part part(worker, l.batch, l.out, splits_columns(l.in, l.out));
        dense_forward(part.rows.size(), l.in, l.out, l.x + part.rows.begin * l.in, l.W, l.b,
                      y + part.rows.begin * l.out, part.columns, false);
        if (linear) return;
        // Whole rows lie one behind the other.
        const bool whole = part.columns.size() == l.out;
        const Index count = whole ? 1 : part.rows.size();
        const Index size = whole ? part.rows.size() * l.out : part.columns.size();
        for (Index i = 0; i < count; ++i) {
          T* mine = y + (part.rows.begin + i) * l.out + part.columns.begin;
          f.forward(params.data(), mine, mine, size);
        }
      });
}

template <typename T>
void forward(const Array<T>& x, const Array<T>& W, const MaybeArray<T>& b,
             const std::string& activation, const Numbers& params, Array<T>& y) {
  const Layer<T> layer{x.shape(0), W.shape(0), W.shape(1), x.data(), W.data(), data_of<T>(b)};
  run_forward(require_activation<T>(activation), params, layer, y.mutable_data());
}

template <typename T>
bool exact_forward(const py::object& x, const py::object& W, const py::object& b,
                   const std::string& activation, const Numbers& params, const py::object& out) {
  const auto *x_array = exact_array<T>(x), *W_array = exact_array<T>(W);
  if (x_array == nullptr || W_array == nullptr || x_array->nd != 2 || W_array->nd != 2) {
    return false;
  }
  Layer<T> l{};
  l.batch = x_array->dimensions[0];
  l.in = x_array->dimensions[1];
  l.out = W_array->dimensions[1];
  l.x = reinterpret_cast<const T*>(x_array->data);
  l.W = reinterpret_cast<const T*>(W_array->data);
  if (W_array->dimensions[0] != l.in) return false;
  if (!b.is_none() && (l.b = exact_vector<T>(b, l.out)) == nullptr) return false;
  T* y = exact_matrix<T>(out, l.batch, l.out, true);
  const Index size = l.batch * l.out;
  if (y == nullptr || !apart(y, size, l.x, l.batch * l.in) || !apart(y, size, l.W, l.in * l.out) ||
      !apart(y, size, l.b, l.out)) {
    return false;
  }
  run_forward(require_activation<T>(activation), params, l, y);
  return true;
}

// The fastest way: exact arrays only, and memory to write to. Anything else is NotImplemented and
// left to the door.
py::object dense_forward_exact(const py::object& x, const py::object& W, const py::object& b,
                               const std::string& activation, const Numbers& params,
                               const py::object& out) {
  const bool done = exact_forward<float>(x, W, b, activation, params, out) ||
                    exact_forward<double>(x, W, b, activation, params, out);
  return done ? out : not_implemented();
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
          const Part part(worker, batch, in, splits_columns(in, out));
          dense_input_gradient(part.rows.size(), in, out, dy_data + part.rows.begin * out, W_data,
                               dx_data + part.rows.begin * in, part.columns);
        }
        const Range strip = worker.share(in);
        dense_weight_gradient(batch, in, out, strip, x_data, dy_data, dW_data + strip.begin * out,
                              false);
        column_sums(batch, out, worker.share(out, kColumnGrain), dy_data, db_data);
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
  m.def("dense_forward_exact", &dense_forward_exact, py::arg("x"), py::arg("W"), py::arg("b"),
        py::arg("activation"), py::arg("params"), py::arg("out"));
}

}  // namespace fusedmlp
