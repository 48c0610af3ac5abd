// One factor per column: y = x factor.
#pragma once

#include "kernels/parallel.hpp"

namespace fusedmlp {

template <typename T>
void scale_columns(Index rows, Index columns, const T* x, const T* factor, T* y);
// Columns `part` of the gradient of the factors, over the whole batch.
template <typename T>
void scale_parameter_gradients(Index rows, Index columns, Range part, const T* dy, const T* x,
                               T* dfactor);

}  // namespace fusedmlp
