#include <cmath>
#include <vector>

#include "kernels/column_sums.hpp"
#include "kernels/norm.hpp"

namespace fusedmlp {
namespace {

// Rows that share one look at the columns' constants, few enough to stay in cache.
constexpr Index kBlock = 64;

template <typename T>
EIGEN_STRONG_INLINE Vec<T> inverse_deviation(Vec<T> var, double eps) {
  return T(1) / sqrt(var + T(eps));
}

}  // namespace

template <typename T>
void BatchNorm<T>::batch_statistics(const T* x, const Worker& worker) const {
  if (!uses_batch()) return;
  worker.barrier();  // x of the whole batch is there
  const Range part = worker.share(columns, kColumnGrain);
  T *batch_mean = saved, *batch_var = saved + columns;
  const auto n = static_cast<double>(rows);
  const auto step = [this](T& running, double value) {
    running = T((1.0 - momentum) * static_cast<double>(running) + momentum * value);
  };
  sum_columns<T>(
      rows, part, [=](auto strip, Index i) { return strip.load(x + i * columns); },
      [=](Index j, double sum) {
        batch_mean[j] = T(sum / n);
        if (running_mean != nullptr) step(running_mean[j], sum / n);
      });
  sum_columns<T>(
      rows, part,
      [=](auto strip, Index i) {
        const Vec<T> d = strip.load(x + i * columns) - strip.load(batch_mean);
        return d * d;
      },
      [=](Index j, double sum) {
        batch_var[j] = T(sum / n);
        // The running variance is the unbiased one, as in PyTorch.
        if (running_var != nullptr) step(running_var[j], sum / (n - 1.0));
      });
  worker.barrier();
}

template <typename T>
void BatchNorm<T>::forward(const T* x, T* y, Range mine, const Worker& worker) const {
  batch_statistics(x, worker);
  const T *center = mean(), *variance = var();
  const Index width = columns;
  for_even_blocks(mine, kBlock, [=](Range block) {
    for_strips<T>({0, width}, [=](auto strip) {
      const Vec<T> m = strip.load(center), b = strip.load(beta);
      const Vec<T> scale = strip.load(gamma) * inverse_deviation(strip.load(variance), eps);
      for (Index i = block.begin; i < block.end; ++i) {
        strip.store(y + i * width, fma(strip.load(x + i * width) - m, scale, b));
      }
    });
  });
}

template <typename T>
void BatchNorm<T>::backward(const T* dy, const T* x, T* dx, T* dgamma, T* dbeta, Range mine,
                            const Worker& worker) const {
  const T *center = mean(), *variance = var();
  worker.barrier();  // dy of the whole batch is there
  const Range part = worker.share(columns, kColumnGrain);
  column_sums(rows, columns, part, dy, dbeta);
  sum_columns<T>(
      rows, part,
      [&](auto strip, Index i) {
        return strip.load(dy + i * columns) * (strip.load(x + i * columns) - strip.load(center));
      },
      [&](Index j, double sum) {
        dgamma[j] = T(sum / std::sqrt(static_cast<double>(variance[j]) + eps));
      });
  if (uses_batch()) worker.barrier();
  if (dx == nullptr) return;
  if (uses_batch()) {
    input_gradient_of_batch(dy, x, dgamma, dbeta, mine, dx);
  } else {
    input_gradient_of_running(dy, mine, dx);
  }
}

// gamma / deviation (dy - mean(dy) - h mean(dy h)), h = (x - mean) / deviation.
template <typename T>
void BatchNorm<T>::input_gradient_of_batch(const T* dy, const T* x, const T* dgamma, const T* dbeta,
                                           Range mine, T* dx) const {
  const T *center = mean(), *variance = var();
  const Index width = columns;
  const T share = T(1) / static_cast<T>(rows);
  for_even_blocks(mine, kBlock, [=](Range block) {
    for_strips<T>({0, width}, [=](auto strip) {
      const Vec<T> m = strip.load(center), inverse = inverse_deviation(strip.load(variance), eps);
      const Vec<T> scale = strip.load(gamma) * inverse;
      const Vec<T> mean_dy = strip.load(dbeta) * share;
      const Vec<T> slope = -(strip.load(dgamma) * share * inverse);
      for (Index i = block.begin; i < block.end; ++i) {
        const Vec<T> centered = strip.load(x + i * width) - m;
        const Vec<T> inner = strip.load(dy + i * width) - mean_dy;
        strip.store(dx + i * width, scale * fma(centered, slope, inner));
      }
    });
  });
}

// gamma / deviation dy. It reads neither x nor the sums, which other workers may not have made yet.
template <typename T>
void BatchNorm<T>::input_gradient_of_running(const T* dy, Range mine, T* dx) const {
  const Index width = columns;
  for_even_blocks(mine, kBlock, [=](Range block) {
    for_strips<T>({0, width}, [=](auto strip) {
      const Vec<T> scale = strip.load(gamma) * inverse_deviation(strip.load(running_var), eps);
      for (Index i = block.begin; i < block.end; ++i) {
        strip.store(dx + i * width, scale * strip.load(dy + i * width));
      }
    });
  });
}

template <typename T>
void batch_norm_forward_all(BatchNorm<T> norm, const T* x, T* y, int threads) {
  std::vector<T> saved(static_cast<std::size_t>(2 * norm.columns));
  norm.saved = saved.data();
  const int team = threads_for(norm.rows * norm.columns, kElementGrain, threads);
  parallel<Denormals::keep>(
      team, [&](const Worker& worker) { norm.forward(x, y, worker.share(norm.rows), worker); });
}

template <typename T>
void batch_norm_backward_all(BatchNorm<T> norm, const T* dy, const T* x, T* dx, T* dgamma, T* dbeta,
                             int threads) {
  // The forward pass has moved them.
  if (norm.uses_batch()) norm.running_mean = norm.running_var = nullptr;
  std::vector<T> saved(static_cast<std::size_t>(2 * norm.columns));
  norm.saved = saved.data();
  const int team = threads_for(norm.rows * norm.columns, kElementGrain, threads);
  parallel<Denormals::keep>(team, [&](const Worker& worker) {
    norm.batch_statistics(x, worker);
    norm.backward(dy, x, dx, dgamma, dbeta, worker.share(norm.rows), worker);
  });
}

template struct BatchNorm<float>;
template struct BatchNorm<double>;
template void batch_norm_forward_all<float>(BatchNorm<float>, const float*, float*, int);
template void batch_norm_forward_all<double>(BatchNorm<double>, const double*, double*, int);
template void batch_norm_backward_all<float>(BatchNorm<float>, const float*, const float*, float*,
                                             float*, float*, int);
template void batch_norm_backward_all<double>(BatchNorm<double>, const double*, const double*,
                                              double*, double*, double*, int);

}  // namespace fusedmlp
