// Copies of matrix blocks in the order in which the product reads them.
#pragma once

#include <cstring>

#include "kernels/simd.hpp"
#include "kernels/strided.hpp"

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
        // Each row is read for a short stretch only, too short for the hardware to look ahead.
        __builtin_prefetch(b.data + (j + lanes<T> + r) * b.column + k);
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
      // Rows lie pages apart, where the hardware does not look ahead.
      __builtin_prefetch(row + 8 * b.row + p * width);
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

// Rows cut into strips of even height, at most `most` (64 rows by 14: 13, 13, 13, 13, 12).
struct Strips {
  Index count, low, taller;
  Strips(Index rows, Index most) : count(1), low(rows), taller(0) {
    if (rows <= most) return;
    count = (rows + most - 1) / most;
    low = rows / count;
    taller = rows % count;
  }
  Index height(Index i) const { return low + (i < taller ? 1 : 0); }
};

// A strip of A as the tiles read it: for each k its `height` values side by side. Only whole
// packets are stored; what they write behind their row is written over by the next one, in the end
// by the next strip.
template <typename T>
void pack_strip(Index height, Index depth, Strided<T> a, T* out) {
  if (a.column != 1) {
    for (Index k = 0; k < depth; ++k, out += height) {
      const T* line = a.data + k * a.column;
      Index i = 0;
      for (; i + lanes<T> <= height; i += lanes<T>) simd::store(out + i, simd::load(line + i));
      if (i < height) simd::store(out + i, simd::load_part(line + i, height - i));
    }
    return;
  }
  using Square = Eigen::internal::PacketBlock<Packet<T>, int(lanes<T>)>;
  constexpr Index most = 4;  // squares, one below the other
  Index k = 0;
  for (; k + lanes<T> <= depth && height <= most * lanes<T>; k += lanes<T>) {
    Square squares[most];
    for (Index i = 0; i < height; i += lanes<T>) {
      Square& square = squares[i / lanes<T>];
      for (Index r = 0; r < lanes<T>; ++r) {
        // Rows that do not exist are any row.
        square.packet[r] = simd::load(a.data + std::min(i + r, height - 1) * a.row + k);
      }
      Eigen::internal::ptranspose(square);
    }
    for (Index r = 0; r < lanes<T>; ++r, out += height) {
      for (Index i = 0; i < height; i += lanes<T>) {
        simd::store(out + i, squares[i / lanes<T>].packet[r]);
      }
    }
  }
  for (; k < depth; ++k, out += height) {
    for (Index i = 0; i < height; ++i) out[i] = a.data[i * a.row + k];
  }
}

}  // namespace fusedmlp
