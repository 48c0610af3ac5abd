// Element-wise activations: one table line and one functor each, float and double.
#pragma once

#include <string_view>

#include "kernels/simd.hpp"

namespace fusedmlp {

template <typename T>
struct Activation {
  const char* name;
  bool from_output;  // backward can work from the output y alone
  bool linear;       // the identity, which can be left out

  // y[i] = f(x[i]); y may be x. `params` in the order of python/fusedmlp/core/catalogue/.
  void (*forward)(const double* params, const T* x, T* y, Index n);

  // dx[i] = dy[i] * f'; from y where from_output holds and y is given, else from x. dx may be dy.
  void (*backward)(const double* params, const T* dy, const T* x, const T* y, T* dx, Index n);
};

// The table's line for `name`, or null.
template <typename T>
const Activation<T>* find_activation(std::string_view name);

// The same for whole arrays on up to `threads` threads.
template <typename T>
void activation_forward_all(const Activation<T>& activation, const double* params, const T* x, T* y,
                            Index n, int threads);
template <typename T>
void activation_backward_all(const Activation<T>& activation, const double* params, const T* dy,
                             const T* x, const T* y, T* dx, Index n, int threads);

}  // namespace fusedmlp
