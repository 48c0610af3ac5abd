#include "kernels/dense.hpp"

namespace fusedmlp {

template <typename T>
void dense_forward(const DenseLayer<T>& layer, const T* x, T* z, T* y, DensePart part) {
  const Index in = layer.in, out = layer.out;
  const Range rows = part.rows, columns = part.columns;
  const bool whole = columns.size() == out;
  const T* b = layer.b == nullptr ? nullptr : layer.b + columns.begin;
  const auto run = [&](Range block) {
    const Index count = block.size(), first = block.begin * out + columns.begin;
    gemm<T>(count, columns.size(), in, {x + block.begin * in, in, 1},
            {layer.W + columns.begin, out, 1, layer.slack}, b, z + first, out);
    if (layer.activation->linear) return;
    const auto f = layer.activation->forward;
    if (whole) return f(layer.params, z + first, y + first, count * out);
    for (Index i = first; i < first + count * out; i += out) {
      f(layer.params, z + i, y + i, columns.size());
    }
  };
  // In blocks, so that the activation finds the product still in cache; not where each block would
  // pack a large W again.
  for_even_blocks(rows, whole && !layer.is_large() ? kCacheRows : rows.size(), run);
}

template <typename T>
void dense_forward_all(const DenseLayer<T>& layer, Index rows, const T* x, T* y, int threads) {
  const int team = threads_for(rows * layer.in * layer.out, kWorkGrain, threads);
  parallel<Denormals::keep>(team, [&](const Worker& worker) {
    dense_forward(layer, x, y, y, layer.part(worker, worker.share(rows), rows, layer.out));
  });
}

template <typename T>
void dense_backward_all(const DenseLayer<T>& layer, Index rows, const T* dy, const T* x, T* dx,
                        T* dW, T* db, int threads) {
  const Index in = layer.in, out = layer.out;
  const int team = threads_for(2 * rows * in * out, kWorkGrain, threads);
  parallel<Denormals::keep>(team, [&](const Worker& worker) {
    if (dx != nullptr) {
      dense_input_gradient(layer, dy, dx, layer.part(worker, worker.share(rows), rows, in));
    }
    const Range strip = worker.share(in);
    dense_weight_gradient(rows, in, out, strip, x, dy, dW + strip.begin * out, Slack::none);
    column_sums(rows, out, worker.share(out, kColumnGrain), dy, db);
  });
}

template void dense_forward<float>(const DenseLayer<float>&, const float*, float*, float*,
                                   DensePart);
template void dense_forward<double>(const DenseLayer<double>&, const double*, double*, double*,
                                    DensePart);
template void dense_forward_all<float>(const DenseLayer<float>&, Index, const float*, float*, int);
template void dense_forward_all<double>(const DenseLayer<double>&, Index, const double*, double*,
                                        int);
template void dense_backward_all<float>(const DenseLayer<float>&, Index, const float*, const float*,
                                        float*, float*, float*, int);
template void dense_backward_all<double>(const DenseLayer<double>&, Index, const double*,
                                         const double*, double*, double*, double*, int);

}  // namespace fusedmlp
