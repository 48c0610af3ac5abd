// Piecewise linear embedding of numbers. Between edges E_0 <= .. <= E_B a feature x becomes B
// numbers: 1 in bins it lies beyond, (x - E_t) / (E_t+1 - E_t) in its own bin t, 0 in the rest; the
// first and the last bin go on beyond their ends. Of these `dim` numbers e_d = sum_t code_t V_td +
// v_d are made, by looking up the sum of V over the bins before t.
//
// x and the gradients of e come transposed, feature by feature.
#pragma once

#include "kernels/range.hpp"

namespace fusedmlp {

template <typename T>
struct PiecewiseEmbedding {
  static constexpr Index kMost = 256;  // bins

  Index bins, dim;
  const T* edges;   // (features, bins + 1)
  const T* weight;  // (features, bins, dim)
  const T* bias;    // (features, dim)
  Index rows;       // of the batch: x is (features, rows), de (features, dim, rows)

  // before (bins, dim) receives what e is at the beginning of each bin of a feature.
  void sum_up(Index feature, T* before) const;
  // The bin of each x and where in it x lies; e of row i goes to e[i stride ..].
  void forward(Index feature, Range part, const T* x, const T* before, T* bin, T* share, T* e,
               Index stride) const;
  // dx[i stride] += the gradient by the feature's x.
  void input_gradient(Index feature, Range part, const T* bin, const T* de, T* dx,
                      Index stride) const;
  // Gradient of a feature's V over the whole batch: dweight (bins, dim).
  void weight_gradient(Index feature, const T* bin, const T* share, const T* de, T* dweight) const;

 private:
  // 1 / (width of a bin); 0 for one without width.
  T inverse_width(const T* edge) const {
    return edge[1] > edge[0] ? T(1) / (edge[1] - edge[0]) : T(0);
  }
};

}  // namespace fusedmlp
