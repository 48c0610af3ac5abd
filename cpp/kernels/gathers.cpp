#include "kernels/gathers.hpp"

#include <algorithm>

#include "kernels/vec.hpp"

namespace fusedmlp {

template <typename T>
void CategoryTables<T>::forward(Range rows, const T* x, Index width, const T* weight, T* y,
                                Index stride) const {
  for (Index i = rows.begin; i < rows.end; ++i) {
    T* to = y + i * stride;
    for (std::size_t k = 0; k < categories.size(); ++k) {
      const Category& c = categories[k];
      const Index row = first[k] + category(x[i * width + c.column], c.size);
      to = std::copy_n(weight + row * dim, dim, to);
    }
  }
}

template <typename T>
void CategoryTables<T>::gradient(Index k, Index rows, const T* x, Index width, const T* dy,
                                 Index stride, T* dweight) const {
  const auto at = static_cast<std::size_t>(k);
  const Category& c = categories[at];
  T* table = dweight + first[at] * dim;
  std::fill_n(table, c.size * dim, T(0));
  for (Index i = 0; i < rows; ++i) {
    T* row = table + category(x[i * width + c.column], c.size) * dim;
    map(dim, row, [](Vec<T> sum, Vec<T> d) { return sum + d; }, row, dy + i * stride + k * dim);
  }
}

template struct CategoryTables<float>;
template struct CategoryTables<double>;

}  // namespace fusedmlp
