#include "kernels/norm.hpp"

#include <cmath>

#include "kernels/column_sums.hpp"
#include "kernels/reductions.hpp"

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
void layer_norm_statistics(Index rows, Index columns, const T* x, double eps, T* stats) {
  const auto n = static_cast<double>(columns);
  for (Index i = 0; i < rows; ++i, x += columns, stats += 2) {
    const T mean = T(sum_row<T>(columns, [](Vec<T> v) { return v; }, x) / n);
    const auto square = [=](Vec<T> v) {
      const Vec<T> d = v - mean;
      return d * d;
    };
    stats[0] = mean;
    stats[1] = T(1.0 / std::sqrt(sum_row<T>(columns, square, x) / n + eps));
  }
}

template <typename T>
void layer_norm_forward(Index rows, Index columns, const T* x, const T* gamma, const T* beta,
                        double eps, T* stats, T* y) {
  for (Index i = 0; i < rows; ++i, x += columns, y += columns, stats += 2) {
    layer_norm_statistics(1, columns, x, eps, stats);
    const T mean = stats[0], inverse = stats[1];
    map(
        columns, y, [=](Vec<T> v, Vec<T> g, Vec<T> b) { return fma((v - mean) * inverse, g, b); },
        x, gamma, beta);
  }
}

// With g = gamma dy and h = (x - mean) / deviation: dx = (g - mean(g) - h mean(g h)) / deviation.
template <typename T>
void layer_norm_backward(Index rows, Index columns, const T* dy, const T* x, const T* gamma,
                         const T* stats, T* dx) {
  const auto n = static_cast<double>(columns);
  for (Index i = 0; i < rows; ++i, x += columns, dy += columns, dx += columns, stats += 2) {
    const T mean = stats[0], inverse = stats[1];
    const auto normal = [=](Vec<T> v) { return (v - mean) * inverse; };
    const double sum = sum_row<T>(columns, [](Vec<T> d, Vec<T> g) { return d * g; }, dy, gamma);
    const double dot = sum_row<T>(
        columns, [=](Vec<T> d, Vec<T> g, Vec<T> v) { return d * g * normal(v); }, dy, gamma, x);
    const T mean_g = T(sum / n), minus_mean_gh = T(-dot / n);
    map(
        columns, dx,
        [=](Vec<T> d, Vec<T> g, Vec<T> v) {
          return inverse * fma(normal(v), minus_mean_gh, d * g - mean_g);
        },
        dy, gamma, x);
  }
}

template <typename T>
void layer_norm_parameter_gradients(Index rows, Index columns, Range part, const T* dy, const T* x,
                                    const T* stats, T* dgamma, T* dbeta) {
  column_sums(rows, columns, part, dy, dbeta);
  sum_columns<T>(
      rows, part,
      [=](auto strip, Index i) {
        const T mean = stats[2 * i], inverse = stats[2 * i + 1];
        return strip.load(dy + i * columns) * ((strip.load(x + i * columns) - mean) * inverse);
      },
      [=](Index j, double sum) { dgamma[j] = T(sum); });
}

template <typename T>
void BatchNorm<T>::batch_statistics(const T* x, const Worker& worker) const {
  if (!uses_batch()) return;
  worker.barrier();  // x of the whole batch is there
  const Range part = worker.share(columns, 16);
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
  const Range part = worker.share(columns, 16);
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
  if (dx != nullptr) input_gradient(dy, x, dgamma, dbeta, mine, dx);
}

// gamma / deviation (dy - mean(dy) - h mean(dy h)), h = (x - mean) / deviation; the means belong to
// the batch's own statistics and vanish with running ones.
template <typename T>
void BatchNorm<T>::input_gradient(const T* dy, const T* x, const T* dgamma, const T* dbeta,
                                  Range mine, T* dx) const {
  const T *center = mean(), *variance = var();
  const Index width = columns;
  const T share = uses_batch() ? T(1) / static_cast<T>(rows) : T(0);
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

template void layer_norm_statistics<float>(Index, Index, const float*, double, float*);
template void layer_norm_statistics<double>(Index, Index, const double*, double, double*);
template void layer_norm_forward<float>(Index, Index, const float*, const float*, const float*,
                                        double, float*, float*);
template void layer_norm_forward<double>(Index, Index, const double*, const double*, const double*,
                                         double, double*, double*);
template void layer_norm_backward<float>(Index, Index, const float*, const float*, const float*,
                                         const float*, float*);
template void layer_norm_backward<double>(Index, Index, const double*, const double*, const double*,
                                          const double*, double*);
template void layer_norm_parameter_gradients<float>(Index, Index, Range, const float*, const float*,
                                                    const float*, float*, float*);
template void layer_norm_parameter_gradients<double>(Index, Index, Range, const double*,
                                                     const double*, const double*, double*,
                                                     double*);
template struct BatchNorm<float>;
template struct BatchNorm<double>;

}  // namespace fusedmlp
