// Cross-entropy of each row, through log-sum-exp.
#include "kernels/losses/pieces.hpp"

namespace fusedmlp {
namespace {

constexpr Index kMaxRows = 128;  // rows of a piece

// What is known of a row: q_j = e_j / (1 + others), e_top = 1, log-sum-exp = max + log1p_others.
// Leaving the largest logit out of the sum keeps 1 - q_top and a loss near 0 exact.
template <typename T>
struct Row {
  T max;
  Index top;          // first column that holds max
  double others = 0;  // sum of exp(x_j - max) over j != top
  double log1p_others = 0;
  double inverse = 1;  // 1 / (1 + others)
};

template <typename T>
EIGEN_STRONG_INLINE Row<T> find_max(const T* x, Index n) {
  T max = x[0];
  Index top = 0;
  if (n < 4 * lanes<T>) {
    for (Index j = 1; j < n; ++j) {
      const bool more = x[j] > max;
      max = more ? x[j] : max;
      top = more ? j : top;
    }
    return {max, top};
  }
  max = row_max(x, n);
  while (top < n && x[top] != max) ++top;
  return {max, top < n ? top : 0};
}

// e_j = exp(x_j - max) of some narrow rows, or of a piece of one wide row, with 0 for the top one.
template <typename T>
EIGEN_STRONG_INLINE void exp_shifted(const T* x, T* e, Row<T>* row, Index rows, Index column,
                                     Index w) {
  for (Index i = 0; i < rows; ++i) {
    for (Index k = 0; k < w; ++k) e[i * w + k] = x[i * w + k] - row[i].max;
  }
  map(rows * w, e, [](Vec<T> z) { return exp_of_negative(z); }, e);
  for (Index i = 0; i < rows; ++i) {
    const Index k = row[i].top - column;
    // NaN stays, so that a row of NaN (or of -inf) has no finite loss.
    if (k >= 0 && k < w && e[i * w + k] == T(1)) e[i * w + k] = T(0);
  }
}

// Target of column j is keep * t_j + spread: t one-hot or probabilities, spread = smoothing / cols.
struct Smoothing {
  double keep, spread;
};

// Loss of a row, and its gradient over the e_j that `g` holds.
template <typename T>
EIGEN_STRONG_INLINE double finish_class(const Row<T>& row, const T* x, Index cols, Index y,
                                        const Smoothing& s, double scale, T* g) {
  double linear = s.keep * (static_cast<double>(row.max) - static_cast<double>(x[y]));
  if (s.keep == 0) linear = 0;
  if (s.spread != 0) {
    LaneSum sum;
    sum.add(cols,
            [&](Index j) { return static_cast<double>(row.max) - static_cast<double>(x[j]); });
    linear += s.spread * sum.total();
  }
  if (g) {
    const double inverse = row.inverse;
    const double at_y = g[y] * inverse - s.keep - s.spread;
    const double at_top =
        (1 - (row.top == y ? s.keep + s.spread : s.spread)) - row.others * inverse;
    const T factor = static_cast<T>(scale * inverse), shift = static_cast<T>(scale * s.spread);
    for (Index j = 0; j < cols; ++j) g[j] = g[j] * factor - shift;
    g[y] = static_cast<T>(scale * at_y);
    g[row.top] = static_cast<T>(scale * at_top);
  }
  return row.log1p_others + linear;
}

template <typename T>
EIGEN_STRONG_INLINE double finish_probabilities(const Row<T>& row, const T* x, Index cols,
                                                const T* t, const Smoothing& s, double scale,
                                                T* g) {
  const auto target = [&](Index j) { return s.keep * static_cast<double>(t[j]) + s.spread; };
  LaneSum mass, linear;
  mass.add(cols, target);
  linear.add(cols, [&](Index j) {
    const double p = target(j);
    return p == 0 ? 0.0 : p * (static_cast<double>(row.max) - static_cast<double>(x[j]));
  });
  const double total = mass.total();
  if (g) {
    const double inverse = row.inverse;
    const double at_top = (total - target(row.top)) - total * (row.others * inverse);
    const T factor = static_cast<T>(scale * total * inverse);
    const T keep = static_cast<T>(scale * s.keep), shift = static_cast<T>(scale * s.spread);
    for (Index j = 0; j < cols; ++j) g[j] = g[j] * factor - (keep * t[j] + shift);
    g[row.top] = static_cast<T>(scale * at_top);
  }
  return total * row.log1p_others + linear.total();
}

}  // namespace

template <typename T>
void cross_entropy_rows(const double* params, const LossRows<T>& block) {
  alignas(64) T buffer[kPiece];
  Row<T> row[kMaxRows];
  double others[kMaxRows], logs[kMaxRows], inverses[kMaxRows];
  const Index cols = block.cols, width = std::min(cols, kPiece);
  const Index step = std::min(kMaxRows, std::max<Index>(1, kPiece / cols));
  const Smoothing smoothing{1 - params[0], params[0] / static_cast<double>(cols)};
  for (Index first = 0; first < block.rows; first += step) {
    const Index rows = std::min(step, block.rows - first);
    const T* x = block.pred + first * cols;
    T* g = block.dpred ? block.dpred + first * cols : nullptr;
    for (Index i = 0; i < rows; ++i) row[i] = find_max(x + i * cols, cols);
    LaneSum sum;
    for (Index j = 0; j < cols; j += width) {
      const Index w = std::min(width, cols - j);
      T* e = g ? g + j : buffer;
      exp_shifted(x + j, e, row, rows, j, w);
      for (Index i = 0; i < rows; ++i) {
        if (j == 0) sum = {};
        sum.add(e + i * w, w);
        if (j + w == cols) others[i] = sum.total();
      }
    }
    map(rows, logs, [](Vec<double> u) { return log1p_of_positive(u); }, others);
    map(rows, inverses, [](Vec<double> u) { return 1.0 / (1.0 + u); }, others);
    for (Index i = 0; i < rows; ++i) {
      row[i].others = others[i];
      row[i].log1p_others = logs[i];
      row[i].inverse = inverses[i];
      const Index r = first + i;
      const double scale = block.row_scale[r];
      T* gi = g ? g + i * cols : nullptr;
      block.row_loss[r] =
          block.classes ? finish_class(row[i], x + i * cols, cols,
                                       static_cast<Index>(block.classes[r]), smoothing, scale, gi)
                        : finish_probabilities(row[i], x + i * cols, cols, block.target + r * cols,
                                               smoothing, scale, gi);
    }
  }
}

template void cross_entropy_rows<float>(const double*, const LossRows<float>&);
template void cross_entropy_rows<double>(const double*, const LossRows<double>&);

}  // namespace fusedmlp
