#include "network/examine.hpp"

#include <algorithm>
#include <cmath>

namespace fusedmlp {

template <typename T>
void column_spread(const T* x, Index rows, Index columns, double* root_mean_square,
                   double* deviation) {
  const double count = static_cast<double>(rows);
  for (Index j = 0; j < columns; ++j) {
    double mean = 0.0, squares = 0.0, apart = 0.0;
    for (Index i = j; i < rows * columns; i += columns) mean += x[i];
    mean /= count;
    for (Index i = j; i < rows * columns; i += columns) {
      const double value = x[i];
      squares += value * value;
      apart += (value - mean) * (value - mean);
    }
    root_mean_square[j] = std::sqrt(squares / count);
    deviation[j] = std::sqrt(apart / count);
  }
}

template <typename T>
void column_range(const T* x, Index rows, Index columns, T* low, T* high) {
  std::copy_n(x, columns, low);
  std::copy_n(x, columns, high);
  for (Index i = 1; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) {
      low[j] = std::min(low[j], x[i * columns + j]);
      high[j] = std::max(high[j], x[i * columns + j]);
    }
  }
}

template <typename T>
std::array<double, 2> moved(const T* theta, const T* before, Range range, Index most) {
  double size = 0.0, change = 0.0;
  const Index step = std::max<Index>(1, range.size() / most);
  for (Index i = range.begin; i < range.end; i += step) {
    const double old = before[i], went = static_cast<double>(theta[i]) - old;
    size += old * old;
    change += went * went;
  }
  return {std::sqrt(size), std::sqrt(change)};
}

template void column_spread<float>(const float*, Index, Index, double*, double*);
template void column_spread<double>(const double*, Index, Index, double*, double*);
template void column_range<float>(const float*, Index, Index, float*, float*);
template void column_range<double>(const double*, Index, Index, double*, double*);
template std::array<double, 2> moved<float>(const float*, const float*, Range, Index);
template std::array<double, 2> moved<double>(const double*, const double*, Range, Index);

}  // namespace fusedmlp
