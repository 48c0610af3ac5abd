#include "kernels/norm.hpp"

#include <cmath>

#include "kernels/row_sums.hpp"

namespace fusedmlp {
namespace {

// Rows that share one look at the columns' constants, few enough to stay in cache.
constexpr Index kBlock = 64;

// body(first, last) for blocks of rows.
template <typename F>
EIGEN_STRONG_INLINE void for_blocks(Range rows, F&& body) {
  for (Index i = rows.begin; i < rows.end; i += kBlock) body(i, std::min(rows.end, i + kBlock));
}

template <typename T>
EIGEN_STRONG_INLINE Packet<T> inverse_deviation(const Packet<T>& var, double eps) {
  return simd::pdiv(simd::set(T(1)), simd::square_root(simd::padd(var, simd::set(T(eps)))));
}

}  // namespace

template <typename T>
void layer_norm_statistics(Index rows, Index columns, const T* x, double eps, T* stats) {
  using P = Packet<T>;
  const auto n = static_cast<double>(columns);
  for (Index i = 0; i < rows; ++i, x += columns, stats += 2) {
    stats[0] = T(sum_row<T>(columns, [](const P& v) { return v; }, x) / n);
    const P mean = simd::set(stats[0]);
    const auto square = [=](const P& v) {
      const P d = simd::psub(v, mean);
      return simd::pmul(d, d);
    };
    stats[1] = T(1.0 / std::sqrt(sum_row<T>(columns, square, x) / n + eps));
  }
}

template <typename T>
void layer_norm_forward(Index rows, Index columns, const T* x, const T* gamma, const T* beta,
                        double eps, T* stats, T* y) {
  using P = Packet<T>;
  for (Index i = 0; i < rows; ++i, x += columns, y += columns, stats += 2) {
    layer_norm_statistics(1, columns, x, eps, stats);
    const P center = simd::set(stats[0]), inverse = simd::set(stats[1]);
    simd::map(
        columns, y,
        [=](const P& v, const P& g, const P& b) {
          return simd::pmadd(simd::pmul(simd::psub(v, center), inverse), g, b);
        },
        x, gamma, beta);
  }
}

// With g = gamma dy and h = (x - mean) / deviation: dx = (g - mean(g) - h mean(g h)) / deviation.
template <typename T>
void layer_norm_backward(Index rows, Index columns, const T* dy, const T* x, const T* gamma,
                         const T* stats, T* dx) {
  using P = Packet<T>;
  const auto n = static_cast<double>(columns);
  for (Index i = 0; i < rows; ++i, x += columns, dy += columns, dx += columns, stats += 2) {
    const P center = simd::set(stats[0]), inverse = simd::set(stats[1]);
    const auto product = [](const P& d, const P& g) { return simd::pmul(d, g); };
    const auto normal = [=](const P& v) { return simd::pmul(simd::psub(v, center), inverse); };
    const double sum = sum_row<T>(columns, product, dy, gamma);
    const double dot = sum_row<T>(
        columns,
        [=](const P& d, const P& g, const P& v) { return simd::pmul(simd::pmul(d, g), normal(v)); },
        dy, gamma, x);
    const P mean_g = simd::set(T(sum / n)), minus_mean_gh = simd::set(T(-dot / n));
    simd::map(
        columns, dx,
        [=](const P& d, const P& g, const P& v) {
          const P centered = simd::psub(simd::pmul(d, g), mean_g);
          return simd::pmul(inverse, simd::pmadd(normal(v), minus_mean_gh, centered));
        },
        dy, gamma, x);
  }
}

template <typename T>
void layer_norm_parameter_gradients(Index rows, Index columns, Range part, const T* dy, const T* x,
                                    const T* stats, T* dgamma, T* dbeta) {
  sum_columns<T>(
      rows, part, [=](auto strip, Index i) { return strip.load(dy + i * columns); },
      [=](Index j, double sum) { dbeta[j] = T(sum); });
  sum_columns<T>(
      rows, part,
      [=](auto strip, Index i) {
        const auto centered = simd::psub(strip.load(x + i * columns), simd::set(stats[2 * i]));
        const auto normal = simd::pmul(centered, simd::set(stats[2 * i + 1]));
        return simd::pmul(strip.load(dy + i * columns), normal);
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
        const auto d = simd::psub(strip.load(x + i * columns), strip.load(batch_mean));
        return simd::pmul(d, d);
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
  for_blocks(mine, [&](Index first, Index last) {
    for_strips<T>({0, columns}, [&](auto strip) {
      const auto m = strip.load(center), b = strip.load(beta);
      const auto scale =
          simd::pmul(strip.load(gamma), inverse_deviation<T>(strip.load(variance), eps));
      for (Index i = first; i < last; ++i) {
        const auto centered = simd::psub(strip.load(x + i * columns), m);
        strip.store(y + i * columns, simd::pmadd(centered, scale, b));
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
  sum_columns<T>(
      rows, part, [&](auto strip, Index i) { return strip.load(dy + i * columns); },
      [&](Index j, double sum) { dbeta[j] = T(sum); });
  sum_columns<T>(
      rows, part,
      [&](auto strip, Index i) {
        const auto centered = simd::psub(strip.load(x + i * columns), strip.load(center));
        return simd::pmul(strip.load(dy + i * columns), centered);
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
  const auto share = simd::set(uses_batch() ? T(1) / static_cast<T>(rows) : T(0));
  for_blocks(mine, [&](Index first, Index last) {
    for_strips<T>({0, columns}, [&](auto strip) {
      const auto m = strip.load(center);
      const auto inverse = inverse_deviation<T>(strip.load(variance), eps);
      const auto scale = simd::pmul(strip.load(gamma), inverse);
      const auto mean_dy = simd::pmul(strip.load(dbeta), share);
      const auto slope = simd::pnegate(simd::pmul(simd::pmul(strip.load(dgamma), share), inverse));
      for (Index i = first; i < last; ++i) {
        const auto centered = simd::psub(strip.load(x + i * columns), m);
        const auto inner = simd::psub(strip.load(dy + i * columns), mean_dy);
        strip.store(dx + i * columns, simd::pmul(scale, simd::pmadd(centered, slope, inner)));
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
