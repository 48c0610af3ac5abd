#include "kernels/scale.hpp"

#include "kernels/column_sums.hpp"

namespace fusedmlp {

template <typename T>
void scale_columns(Index rows, Index columns, const T* x, const T* factor, T* y) {
  for (Index i = 0; i < rows; ++i, x += columns, y += columns) {
    map(columns, y, [](Vec<T> v, Vec<T> s) { return v * s; }, x, factor);
  }
}

template <typename T>
void scale_parameter_gradients(Index rows, Index columns, Range part, const T* dy, const T* x,
                               T* dfactor) {
  sum_columns<T>(
      rows, part,
      [=](auto strip, Index i) {
        return strip.load(dy + i * columns) * strip.load(x + i * columns);
      },
      [=](Index j, double sum) { dfactor[j] = T(sum); });
}

template void scale_columns<float>(Index, Index, const float*, const float*, float*);
template void scale_columns<double>(Index, Index, const double*, const double*, double*);
template void scale_parameter_gradients<float>(Index, Index, Range, const float*, const float*,
                                               float*);
template void scale_parameter_gradients<double>(Index, Index, Range, const double*, const double*,
                                                double*);

}  // namespace fusedmlp
