// The loop of the element-wise losses. Elements are taken in pieces that stay in the L1 cache: many
// narrow rows or a part of a wide one, so that packets are full for any number of columns.
#pragma once

#include <algorithm>

#include "kernels/losses.hpp"
#include "kernels/losses/formulas.hpp"
#include "kernels/reductions.hpp"

namespace fusedmlp {

inline constexpr Index kPiece = 512;

// formula(in...) for n elements: their losses and derivatives.
template <typename T, typename F, typename... In>
EIGEN_STRONG_INLINE void map_formula(Index n, T* loss, T* slope, const F& formula,
                                     const In*... in) {
  Index i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) {
    const LossAndSlope<T> result = formula(Vec<T>::load(in + i)...);
    result.loss.store(loss + i);
    result.slope.store(slope + i);
  }
  if (i < n) {
    const LossAndSlope<T> result = formula(Vec<T>::load_part(in + i, n - i)...);
    result.loss.store_part(loss + i, n - i);
    result.slope.store_part(slope + i, n - i);
  }
}

// evaluate(n, offset, column, loss, slope) fills n elements from `offset`, whose first is in
// `column`.
template <typename T, typename Evaluate>
EIGEN_STRONG_INLINE void for_each_piece(const LossRows<T>& block, Evaluate&& evaluate) {
  alignas(64) T value[kPiece], slope[kPiece];
  const Index cols = block.cols, width = std::min(cols, kPiece);
  const Index step = std::max<Index>(1, kPiece / cols);
  const double divisor = static_cast<double>(cols);
  LaneSum sum;
  for (Index row = 0; row < block.rows; row += step) {
    const Index rows = std::min(step, block.rows - row);
    for (Index j = 0; j < cols; j += width) {
      const Index w = std::min(width, cols - j), offset = row * cols + j;
      T* g = block.dpred ? block.dpred + offset : slope;
      evaluate(rows * w, offset, j, value, g);
      const double* scale = block.row_scale + row;
      double* loss = block.row_loss + row;
      if (cols == 1) {
        for (Index i = 0; i < rows; ++i) loss[i] = static_cast<double>(value[i]);
        if (block.dpred)
          for (Index i = 0; i < rows; ++i) g[i] *= static_cast<T>(scale[i]);
        continue;
      }
      for (Index i = 0; i < rows; ++i) {
        if (j == 0) sum = {};
        sum.add(value + i * w, w);
        if (j + w == cols) loss[i] = sum.total() / divisor;
        if (!block.dpred) continue;
        const T factor = static_cast<T>(scale[i] / divisor);
        for (Index k = 0; k < w; ++k) g[i * w + k] *= factor;
      }
    }
  }
}

}  // namespace fusedmlp
