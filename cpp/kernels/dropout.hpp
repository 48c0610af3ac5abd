// Inverted dropout (Srivastava et al., JMLR 15, 2014): elements are dropped with probability p, the
// others grow by 1 / (1 - p), so that inference needs no factor.
#pragma once

#include "kernels/philox.hpp"
#include "kernels/range.hpp"

namespace fusedmlp {

// Whose random numbers a mask takes; see philox.hpp.
struct MaskSource {
  std::uint64_t seed;
  std::uint32_t stream;
  std::uint64_t draw;
};

// Elements first ... first + n of a value; the pointers are at element `first`. An element's mask
// depends on its number alone, so neither on threads nor on where the value is cut.
template <typename T>
void dropout_forward(double p, const MaskSource& source, Index first, Index n, const T* x, T* y,
                     bool* mask);

// dx = dy mask / (1 - p); dx may be dy.
template <typename T>
void dropout_backward(double p, Index n, const T* dy, const bool* mask, T* dx);

// Whole arrays on up to `threads` threads.
template <typename T>
void dropout_forward_all(double p, const MaskSource& source, Index n, const T* x, T* y, bool* mask,
                         int threads);
template <typename T>
void dropout_backward_all(double p, Index n, const T* dy, const bool* mask, T* dx, int threads);

}  // namespace fusedmlp
