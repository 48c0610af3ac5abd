#include "kernels/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fusedmlp {
namespace {

// The first of the largest, as numpy.argmax: a NaN is larger than all numbers.
template <typename T>
Index largest(const T* x, Index n) {
  Index best = 0;
  for (Index j = 1; j < n && x[best] == x[best]; ++j) {
    if (x[j] > x[best] || x[j] != x[j]) best = j;
  }
  return best;
}

// Whether all targets of a single output are 0 and 1, or -1 and 1 with at least one -1.
template <typename T>
bool two_classes(const Outcome<T>& o) {
  T low = T(0);
  for (Index i = 0; i < o.rows; ++i) low = std::min(low, o.target[i]);
  return (low == T(0) || low == T(-1)) &&
         std::all_of(o.target, o.target + o.rows, [=](T t) { return t == low || t == T(1); });
}

template <typename T>
std::optional<double> accuracy(const Outcome<T>& o) {
  if (o.cols == 1 && o.classes == nullptr && !two_classes(o)) return std::nullopt;
  Index hits = 0;
  for (Index i = 0; i < o.rows; ++i) {
    const T* pred = o.pred + i * o.cols;
    // One logit says class 1 above 0.
    const Index said = o.cols == 1 ? Index(pred[0] > T(0)) : largest(pred, o.cols);
    Index real;
    if (o.classes != nullptr) {
      real = static_cast<Index>(o.classes[i]);
    } else {
      const T* target = o.target + i * o.cols;
      real = o.cols == 1 ? Index(target[0] > T(0)) : largest(target, o.cols);
    }
    hits += said == real;
  }
  return static_cast<double>(hits) / static_cast<double>(o.rows);
}

// The mean over the columns of finish(sum over the rows of term(target, prediction), column).
template <typename T, typename Term, typename Finish>
std::optional<double> mean_of_columns(const Outcome<T>& o, Term term, Finish finish) {
  if (o.target == nullptr) return std::nullopt;
  double mean = 0.0;
  for (Index j = 0; j < o.cols; ++j) {
    double sum = 0.0;
    for (Index i = j; i < o.rows * o.cols; i += o.cols) {
      sum += term(static_cast<double>(o.target[i]), static_cast<double>(o.pred[i]));
    }
    mean += finish(sum, j);
  }
  return mean / static_cast<double>(o.cols);
}

double square(double x) { return x * x; }

template <typename T>
std::optional<double> mse(const Outcome<T>& o) {
  return mean_of_columns(
      o, [](double t, double p) { return square(t - p); },
      [&](double sum, Index) { return sum / static_cast<double>(o.rows); });
}

template <typename T>
std::optional<double> rmse(const Outcome<T>& o) {
  return mean_of_columns(
      o, [](double t, double p) { return square(t - p); },
      [&](double sum, Index) { return std::sqrt(sum / static_cast<double>(o.rows)); });
}

template <typename T>
std::optional<double> mae(const Outcome<T>& o) {
  return mean_of_columns(
      o, [](double t, double p) { return std::abs(t - p); },
      [&](double sum, Index) { return sum / static_cast<double>(o.rows); });
}

template <typename T>
std::optional<double> r2(const Outcome<T>& o) {
  if (o.rows < 2) {
    if (o.target == nullptr) return std::nullopt;
    return std::numeric_limits<double>::quiet_NaN();
  }
  const auto spread = [&](Index j) {
    double mean = 0.0, sum = 0.0;
    for (Index i = j; i < o.rows * o.cols; i += o.cols) mean += o.target[i];
    mean /= static_cast<double>(o.rows);
    for (Index i = j; i < o.rows * o.cols; i += o.cols) sum += square(o.target[i] - mean);
    return sum;
  };
  return mean_of_columns(
      o, [](double t, double p) { return square(t - p); },
      [&](double rest, Index j) {
        const double all = spread(j);
        // A constant target is met exactly, or not at all.
        return 1.0 - (all == 0.0 ? static_cast<double>(rest > 0.0) : rest / all);
      });
}

template <typename T>
constexpr Metric<T> table[] = {
    {"accuracy", accuracy<T>}, {"mse", mse<T>}, {"rmse", rmse<T>}, {"mae", mae<T>}, {"r2", r2<T>}};

}  // namespace

template <typename T>
const Metric<T>* find_metric(std::string_view name) {
  const auto* found = std::find_if(std::begin(table<T>), std::end(table<T>),
                                   [=](const Metric<T>& m) { return m.name == name; });
  return found == std::end(table<T>) ? nullptr : found;
}

template const Metric<float>* find_metric<float>(std::string_view);
template const Metric<double>* find_metric<double>(std::string_view);

}  // namespace fusedmlp
