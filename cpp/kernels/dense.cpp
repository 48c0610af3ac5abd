#include "kernels/dense.hpp"

namespace fusedmlp {

template <typename T>
void dense_forward_all(const DenseLayer<T>& layer, Index rows, const T* x, T* y, int threads) {
  const int team = threads_for(rows * layer.in * layer.out, kWorkGrain, threads);
  parallel<Denormals::keep>(team, [&](const Worker& worker) {
    layer.each_part(worker, worker.share(rows), rows, layer.out,
                    [&](DensePart part) { dense_forward(layer, x, y, y, part); });
  });
}

template <typename T>
void dense_backward_all(const DenseLayer<T>& layer, Index rows, const T* dy, const T* x, T* dx,
                        T* dW, T* db, int threads) {
  const Index in = layer.in, out = layer.out;
  const int team = threads_for(2 * rows * in * out, kWorkGrain, threads);
  parallel<Denormals::keep>(team, [&](const Worker& worker) {
    if (dx != nullptr) {
      layer.each_part(worker, worker.share(rows), rows, in,
                      [&](DensePart part) { dense_input_gradient(layer, dy, dx, part); });
    }
    const Range strip = worker.share(in);
    dense_weight_gradient(rows, in, out, strip, x, dy, dW + strip.begin * out, Slack::none);
    column_sums(rows, out, worker.share(out, kColumnGrain), dy, db);
  });
}

template void dense_forward_all<float>(const DenseLayer<float>&, Index, const float*, float*, int);
template void dense_forward_all<double>(const DenseLayer<double>&, Index, const double*, double*,
                                        int);
template void dense_backward_all<float>(const DenseLayer<float>&, Index, const float*, const float*,
                                        float*, float*, float*, int);
template void dense_backward_all<double>(const DenseLayer<double>&, Index, const double*,
                                         const double*, double*, double*, double*, int);

}  // namespace fusedmlp
