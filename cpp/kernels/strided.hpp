// A matrix with strides, as the product reads it.
#pragma once

#include "kernels/range.hpp"

namespace fusedmlp {

// What lies behind a matrix: nothing that may be read, or room for a packet that ends behind the
// last element (our own memory).
enum class Slack { none, behind };

// A matrix that is read only: element (i, j) is data[i * row + j * column]; one stride is 1.
template <typename T>
struct Strided {
  const T* data;
  Index row, column;
  Slack slack = Slack::none;

  // The part that begins at (i, j).
  Strided from(Index i, Index j) const { return {data + i * row + j * column, row, column, slack}; }
};

}  // namespace fusedmlp
