// Periodic embedding of numbers: for each feature x and frequency k the wave
// c_k = cos(2 pi w_k x + b_k), and of them `dim` numbers e_d = sum_k c_k V_kd + v_d.
//
// x and the gradients of e come transposed, feature by feature: the lanes of a packet are rows, and
// only the gradients' sums over the batch end across lanes.
#pragma once

#include "kernels/range.hpp"

namespace fusedmlp {

template <typename T>
struct PeriodicEmbedding {
  static constexpr Index kMost = 128;  // frequencies, and dim

  Index features, frequencies, dim;
  const T* frequency;  // (features, frequencies)
  const T* phase;      // (features, frequencies)
  const T* weight;     // (features, frequencies, dim)
  const T* bias;       // (features, dim)
  Index rows;          // of the batch: x is (features, rows), de (features, dim, rows)

  // e of row i and a feature goes to e[i stride ..].
  void forward(Index feature, Range part, const T* x, T* e, Index stride) const;
  // dx[i stride] += the gradient by the feature's x.
  void input_gradient(Index feature, Range part, const T* x, const T* de, T* dx,
                      Index stride) const;
  // Gradients of the waves `waves` among all pairs (feature, frequency), over the whole batch.
  void wave_gradients(Range waves, const T* x, const T* de, T* dfrequency, T* dphase,
                      T* dweight) const;
};

}  // namespace fusedmlp
