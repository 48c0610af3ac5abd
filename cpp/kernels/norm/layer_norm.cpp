#include <cmath>
#include <vector>

#include "kernels/column_sums.hpp"
#include "kernels/norm.hpp"
#include "kernels/reductions.hpp"

namespace fusedmlp {

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
void layer_norm_forward_all(Index rows, Index columns, const T* x, const T* gamma, const T* beta,
                            double eps, T* y, int threads) {
  std::vector<T> stats(static_cast<std::size_t>(2 * rows));
  const int team = threads_for(rows * columns, kElementGrain, threads);
  parallel_parts(team, rows, 1, [&](Range mine) {
    const Index first = mine.begin * columns;
    layer_norm_forward(mine.size(), columns, x + first, gamma, beta, eps,
                       stats.data() + 2 * mine.begin, y + first);
  });
}

template <typename T>
void layer_norm_backward_all(Index rows, Index columns, const T* dy, const T* x, const T* gamma,
                             double eps, T* dx, T* dgamma, T* dbeta, int threads) {
  std::vector<T> stats(static_cast<std::size_t>(2 * rows));
  const int team = threads_for(rows * columns, kElementGrain, threads);
  parallel<Denormals::keep>(team, [&](const Worker& worker) {
    const Range mine = worker.share(rows);
    const Index first = mine.begin * columns;
    T* my_stats = stats.data() + 2 * mine.begin;
    layer_norm_statistics(mine.size(), columns, x + first, eps, my_stats);
    layer_norm_backward(mine.size(), columns, dy + first, x + first, gamma, my_stats, dx + first);
    worker.barrier();
    layer_norm_parameter_gradients(rows, columns, worker.share(columns, kColumnGrain), dy, x,
                                   stats.data(), dgamma, dbeta);
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
template void layer_norm_forward_all<float>(Index, Index, const float*, const float*, const float*,
                                            double, float*, int);
template void layer_norm_forward_all<double>(Index, Index, const double*, const double*,
                                             const double*, double, double*, int);
template void layer_norm_backward_all<float>(Index, Index, const float*, const float*, const float*,
                                             double, float*, float*, float*, int);
template void layer_norm_backward_all<double>(Index, Index, const double*, const double*,
                                              const double*, double, double*, double*, double*,
                                              int);

}  // namespace fusedmlp
