// A trained share of an activation: y = z + a (f(z) - z), one a per column.
#pragma once

#include "kernels/activations.hpp"

namespace fusedmlp {

// Some rows of some columns of arrays (rows, width), all of which are given from their beginning.
template <typename T>
struct Blend {
  const Activation<T>* activation;
  const double* params;
  Index width;
  const T* share;  // a

  // y from z and f(z).
  void forward(Range rows, Range columns, const T* z, const T* f, T* y) const;
  // dy becomes the gradient of z, and f (read as f(z)) the terms dy (f(z) - z) whose sums over the
  // rows are the gradient of a.
  void backward(Range rows, const T* z, T* f, T* dy) const;
};

}  // namespace fusedmlp
