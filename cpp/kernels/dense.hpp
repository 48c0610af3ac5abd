// The dense layer y = f(x W + b); x (batch, in), W (in, out) row-major, b (out).
#pragma once

#include "kernels/activations.hpp"
#include "kernels/column_sums.hpp"
#include "kernels/gemm.hpp"
#include "kernels/pack.hpp"
#include "kernels/parallel.hpp"

namespace fusedmlp {

// Multiply-adds that are worth another thread.
inline constexpr Index kWorkGrain = 1250 * 1000;
// Weights from which a team splits the columns, so that W is read and packed once by all of them,
// not once by each.
inline constexpr Index kLargeWeights = 128 * 1024;
// Weights from which a team hands out pieces: packing for each of them is paid back where no worker
// waits for a slower one.
inline constexpr Index kPiecewiseWeights = 512 * 1024;
// Columns, or rows of dW, of such a piece.
inline constexpr Index kPiece = 64;
// Rows that are taken together from step to step, few enough to find them still in cache.
inline constexpr Index kCacheRows = 112;

// Some rows of some columns.
struct DensePart {
  Range rows, columns;
};

template <typename T>
struct DenseLayer {
  Index in, out;
  const T* W;
  const T* b;  // may be null
  const Activation<T>* activation;
  const double* params;       // of the activation
  Slack slack = Slack::none;  // of W
  T scale = T(1);             // z = scale x W + b

  bool is_large() const { return in * out > kLargeWeights; }
  bool splits_columns(const Worker& worker) const { return worker.count > 1 && is_large(); }
  // How many of n columns or rows are handed out at a time: `some`, or all.
  Index piece(Index n, Index some) const { return in * out < kPiecewiseWeights ? n : some; }

  // body(part) for a worker's parts of y or dx, an array of `rows` by `columns`: the rows `mine` as
  // a rule, some of the columns where the team splits them.
  template <typename F>
  void each_part(const Worker& worker, Range mine, Index rows, Index columns, F&& body) const {
    if (!splits_columns(worker)) return body(DensePart{mine, {0, columns}});
    worker.share_out(columns, kColumnGrain, piece(columns, kPiece),
                     [&](Range some) { body(DensePart{{0, rows}, some}); });
  }
};

// `part` of z = scale z + b.
template <typename T>
void scale_product(const DenseLayer<T>& layer, T* z, DensePart part) {
  const Index n = part.columns.size();
  for (Index i = part.rows.begin; i < part.rows.end; ++i) {
    T* row = z + i * layer.out + part.columns.begin;
    if (layer.b == nullptr) {
      map(n, row, [s = layer.scale](Vec<T> v) { return v * s; }, row);
    } else {
      map(
          n, row, [s = layer.scale](Vec<T> v, Vec<T> b) { return fma(v, s, b); }, row,
          layer.b + part.columns.begin);
    }
  }
}

// `part` of y = f(z), z = scale x W + b; z may be y.
// Inline: passing its sizes through memory costs a small net 7 % of its step.
template <typename T>
void dense_forward(const DenseLayer<T>& layer, const T* x, T* z, T* y, DensePart part) {
  const Index in = layer.in, out = layer.out;
  const Range rows = part.rows, columns = part.columns;
  const Index first = rows.begin * out + columns.begin;
  const bool plain = layer.scale == T(1);
  gemm<T>(rows.size(), columns.size(), in, {x + rows.begin * in, in, 1},
          {layer.W + columns.begin, out, 1, layer.slack},
          layer.b == nullptr || !plain ? nullptr : layer.b + columns.begin, z + first, out);
  if (!plain) scale_product(layer, z, part);
  if (layer.activation->linear) return;
  // Whole rows lie one behind the other.
  const bool whole = columns.size() == out;
  const Index count = whole ? 1 : rows.size(), size = whole ? rows.size() * out : columns.size();
  for (Index i = 0; i < count; ++i) {
    const Index at = first + i * out;
    layer.activation->forward(layer.params, z + at, y + at, size);
  }
}

// `part` of dx = dy W^T.
template <typename T>
void dense_input_gradient(const DenseLayer<T>& layer, const T* dy, T* dx, DensePart part) {
  const Index in = layer.in, out = layer.out;
  gemm<T>(part.rows.size(), part.columns.size(), out, {dy + part.rows.begin * out, out, 1},
          {layer.W + part.columns.begin * out, 1, out}, nullptr,
          dx + part.rows.begin * in + part.columns.begin, in);
}

// Rows of dW where few columns would leave most of a packet empty: dW^T = dy^T x has the same sums.
template <typename T>
void narrow_weight_gradient(Index batch, Index in, Index out, Range rows, const T* x, const T* dy,
                            T* strip) {
  constexpr Index most = 256;
  alignas(64) T turned[2 * lanes<T> * most];
  for (Index i = rows.begin; i < rows.end; i += most) {
    const Index count = std::min(most, rows.end - i);
    gemm<T>(out, count, batch, {dy, 1, out}, {x + i, in, 1}, nullptr, turned, count);
    turn_panel(count, out, out, Strided<T>{turned, 1, count}, strip + (i - rows.begin) * out);
  }
}

// Rows of dW = x^T dy, written to `strip` one behind the other; the sum runs over the whole batch.
// `slack` is that of dy.
template <typename T>
void dense_weight_gradient(Index batch, Index in, Index out, Range rows, const T* x, const T* dy,
                           T* strip, Slack slack) {
  if (out < 2 * lanes<T> && rows.size() >= 2 * lanes<T>) {
    return narrow_weight_gradient(batch, in, out, rows, x, dy, strip);
  }
  gemm<T>(rows.size(), out, batch, {x + rows.begin, 1, in}, {dy, out, 1, slack}, nullptr, strip,
          out);
}

// Whole arrays on up to `threads` threads.
template <typename T>
void dense_forward_all(const DenseLayer<T>& layer, Index rows, const T* x, T* y, int threads);
// From dy behind the activation; dx may be null.
template <typename T>
void dense_backward_all(const DenseLayer<T>& layer, Index rows, const T* dy, const T* x, T* dx,
                        T* dW, T* db, int threads);

}  // namespace fusedmlp
