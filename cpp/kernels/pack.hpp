// Copies of matrix blocks in the order in which the product reads them.
#pragma once

#include <cstring>

#include "kernels/gemm.hpp"

namespace fusedmlp {

// `depth` rows of one panel of B, turned: squares of lanes x lanes in registers, the rim one by
// one.
template <typename T>
void turn_panel(Index depth, Index columns, Index width, Strided<T> b, T* out) {
  using Square = Eigen::internal::PacketBlock<Packet<T>, int(lanes<T>)>;
  const Index square_rows = lanes<T> > 1 ? depth / lanes<T> * lanes<T> : 0;
  const Index square_columns = columns / lanes<T> * lanes<T>;
  for (Index j = 0; j < square_columns; j += lanes<T>) {
    for (Index k = 0; k < square_rows; k += lanes<T>) {
      Square square;
      for (Index r = 0; r < lanes<T>; ++r) {
        square.packet[r] = simd::load(b.data + (j + r) * b.column + k);
      }
      Eigen::internal::ptranspose(square);
      for (Index r = 0; r < lanes<T>; ++r) simd::store(out + (k + r) * width + j, square.packet[r]);
    }
    for (Index k = square_rows; k < depth; ++k) {
      for (Index r = 0; r < lanes<T>; ++r) out[k * width + j + r] = b.data[(j + r) * b.column + k];
    }
  }
  for (Index k = 0; k < depth && square_columns < width; ++k) {
    T* row = out + k * width;
    for (Index j = square_columns; j < columns; ++j) row[j] = b.data[j * b.column + k];
    std::fill(row + columns, row + width, T(0));
  }
}

// Panels of B, one behind the other: `depth` rows of `width` values each; columns beyond `columns`
// are zero.
template <typename T>
void pack_panels(Index depth, Index columns, Index width, Strided<T> b, T* out) {
  const Index panels = (columns + width - 1) / width, last = columns - (panels - 1) * width;
  if (b.column != 1) {
    for (Index p = 0; p < panels; ++p) {
      const Strided<T> panel{b.data + p * width * b.column, b.row, b.column};
      turn_panel(depth, p == panels - 1 ? last : width, width, panel, out + p * depth * width);
    }
    return;
  }
  for (Index k = 0; k < depth; ++k) {
    const T* row = b.data + k * b.row;
    for (Index p = 0; p < panels; ++p) {
      T* to = out + (p * depth + k) * width;
      const Index count = p == panels - 1 ? last : width;
      for (Index j = 0; j + lanes<T> <= count; j += lanes<T>) {
        simd::store(to + j, simd::load(row + p * width + j));
      }
      const Index rest = count % lanes<T>, whole = count - rest;
      if (rest > 0) simd::store(to + whole, simd::load_part(row + p * width + whole, rest));
      const Index filled = whole + (rest > 0 ? lanes<T> : 0);
      if (filled < width) std::fill(to + filled, to + width, T(0));
    }
  }
}

// Elements between packed rows beyond their length: rows a power of two apart share cache sets.
template <typename T>
inline constexpr Index kPackGap = 64 / sizeof(T);

// A block of A close together, in the order of its own memory; says how the copy is to be read.
template <typename T>
Strided<T> pack_rows(Index rows, Index depth, Strided<T> a, T* out) {
  const bool by_rows = a.column == 1;
  const Index lines = by_rows ? rows : depth, length = by_rows ? depth : rows;
  const Index step = by_rows ? a.row : a.column, packed_step = length + kPackGap<T>;
  for (Index i = 0; i < lines; ++i) {
    std::memcpy(out + i * packed_step, a.data + i * step,
                sizeof(T) * static_cast<std::size_t>(length));
  }
  return {out, by_rows ? packed_step : 1, by_rows ? 1 : packed_step};
}

}  // namespace fusedmlp
