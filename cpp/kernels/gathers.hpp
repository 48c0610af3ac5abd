// Categories: columns of x hold indices, each of which picks a row of a table.
#pragma once

#include <vector>

#include "kernels/range.hpp"

namespace fusedmlp {

// An index as it stands in a column of numbers; what is none of 0 .. size - 1 (NaN among it) is
// unknown and counts as 0. Fractions are cut off.
template <typename T>
Index category(T value, Index size) {
  return value >= T(0) && value < static_cast<T>(size) ? static_cast<Index>(value) : 0;
}

struct Category {
  Index column, size;  // of x; how many rows its table has
};

// Tables one behind the other in `weight`, rows of `dim`.
template <typename T>
struct CategoryTables {
  std::vector<Category> categories;
  std::vector<Index> first;  // row of `weight` at which each table begins
  Index dim = 1;

  // y[i stride + k dim ..] receives the row for category k of row i.
  void forward(Range rows, const T* x, Index width, const T* weight, T* y, Index stride) const;
  // Gradient of table k: sums in the order of the rows.
  void gradient(Index k, Index rows, const T* x, Index width, const T* dy, Index stride,
                T* dweight) const;
};

}  // namespace fusedmlp
