#include "kernels/gemm.hpp"

#include <array>
#include <cstdlib>
#include <memory>
#include <utility>

#include "kernels/pack.hpp"

namespace fusedmlp {
namespace {

// Tile of C held in registers: kHeight rows by kWide packets. 32 registers allow 14 x 2, 16 allow 6
// x 2.
template <typename T>
inline constexpr Index kHeight = sizeof(Packet<T>) == 64 ? 14 : 6;
inline constexpr Index kWide = 2;
// Panels of B that are packed together: rows of B are pages apart, each is visited once for all.
inline constexpr Index kGroup = 8;
// A single row has no other rows to hide the latency of its multiply-adds behind: more packets.
inline constexpr Index kWideRow = 8;

// Terms of one chain of multiply-adds, before blocks are added up.
inline constexpr Index kDepth = 256;
// Rows of A that meet a panel of B before the next one comes: A stays in L2 meanwhile.
inline constexpr Index kRows = 512;
template <typename T>
inline constexpr Index kPackedRows = 1792 / sizeof(T);  // 448 floats, 224 doubles

// Whether A is copied close together first. In place, the rows of a tile may lie a power of two
// apart and push each other out of L1, and a transposed A is a new page at every step; but a copy
// must be paid back by enough columns.
template <typename T>
bool packs_a(Index n, Index k, Strided<T> a) {
  constexpr Index panel = kWide * lanes<T>;
  if (a.column == 1) return n > 4 * panel && a.row * sizeof(T) >= 1024;
  return n > 2 * panel && std::min(k, kDepth) * a.column * sizeof(T) > 32 * 1024;
}

// Room for a packed part of A, one for each thread, kept for its life; null if there is no memory
// (the product then reads A in place).
template <typename T>
T* packing_memory() {
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  constexpr std::size_t bytes = kPackedRows<T> * (kDepth + kPackGap<T>)*sizeof(T);
  static thread_local const std::unique_ptr<void, Free> memory(std::aligned_alloc(64, bytes));
  return static_cast<T*>(memory.get());
}

template <typename T>
struct Tile {
  Index depth;  // length of k in this block
  const T* a;   // first row of the tile
  Index a_row, a_column;
  const T* b;  // panel: row k at b + k * b_row
  Index b_row;
  T* c;
  Index ldc;
  Index columns;    // columns of C that exist, at most width * lanes
  bool accumulate;  // add to what C holds from earlier blocks
  const T* bias;    // added by the last block, else null
};

template <typename T, int Height, int Width>
void tile_product(const Tile<T>& t) {
  using P = Packet<T>;
  P sum[Height][Width];
#pragma GCC unroll 16
  for (int i = 0; i < Height; ++i) {
#pragma GCC unroll 8
    for (int w = 0; w < Width; ++w) sum[i][w] = simd::set(T(0));
  }
  // C is far away when the sum is done: ask for it now.
  for (int i = 0; i < Height; ++i) {
    for (int w = 0; w < Width; ++w) __builtin_prefetch(t.c + i * t.ldc + w * lanes<T>, 1);
  }
  const T* a = t.a;
  const T* b = t.b;
  for (Index k = 0; k < t.depth; ++k, a += t.a_column, b += t.b_row) {
    P column[Width];
#pragma GCC unroll 8
    for (int w = 0; w < Width; ++w) column[w] = simd::load(b + w * lanes<T>);
#pragma GCC unroll 16
    for (int i = 0; i < Height; ++i) {
      const P scalar = simd::set(a[i * t.a_row]);
#pragma GCC unroll 8
      for (int w = 0; w < Width; ++w) sum[i][w] = simd::pmadd(scalar, column[w], sum[i][w]);
    }
  }
#pragma GCC unroll 8
  for (int w = 0; w < Width; ++w) {
    const Index left = t.columns - w * lanes<T>;
    if (left <= 0) break;
    const bool whole = left >= lanes<T>;
    P bias = simd::set(T(0));
    if (t.bias != nullptr) {
      const T* p = t.bias + w * lanes<T>;
      bias = whole ? simd::load(p) : simd::load_part(p, left);
    }
#pragma GCC unroll 16
    for (int i = 0; i < Height; ++i) {
      T* c = t.c + i * t.ldc + w * lanes<T>;
      P value = sum[i][w];
      if (t.accumulate) value = simd::padd(whole ? simd::load(c) : simd::load_part(c, left), value);
      if (t.bias != nullptr) value = simd::padd(value, bias);
      if (whole) {
        simd::store(c, value);
      } else {
        simd::store_part(c, value, left);
      }
    }
  }
}

template <typename T>
using TileProduct = void (*)(const Tile<T>&);

template <typename T, int Width, std::size_t... H>
constexpr auto tile_table(std::index_sequence<H...>) {
  return std::array<TileProduct<T>, sizeof...(H)>{&tile_product<T, int(H) + 1, Width>...};
}

template <typename T, int Width>
inline constexpr auto tiles = tile_table<T, Width>(std::make_index_sequence<kHeight<T>>{});

// Runs down the rows of one panel; tile heights are spread evenly (64 rows: 13,13,13,13,12).
template <typename T>
void panel_product(Tile<T> tile, Index rows) {
  const bool narrow = tile.columns <= lanes<T>;
  const Index count = (rows + kHeight<T> - 1) / kHeight<T>;
  const Index low = rows / count, taller = rows % count;
  for (Index i = 0; i < count; ++i) {
    const Index height = low + (i < taller ? 1 : 0);
    (narrow ? tiles<T, 1> : tiles<T, kWide>)[height - 1](tile);
    tile.a += height * tile.a_row;
    tile.c += height * tile.ldc;
  }
}

}  // namespace

template <typename T>
void gemm(Index m, Index n, Index k, Strided<T> a, Strided<T> b, const T* bias, T* c, Index ldc) {
  if (m == 0 || n == 0) return;
  constexpr Index panel = kWide * lanes<T>;
  alignas(64) T packed_b[kGroup * kDepth * panel];
  const Index blocks = std::max<Index>(1, (k + kDepth - 1) / kDepth);
  // Packing pays where rows of B lie pages apart; a transposed B has no packets to read in place.
  const bool big_b = k * n > Index{128} * 1024 && m >= kHeight<T>;
  T* packed_a = packs_a(n, k, a) ? packing_memory<T>() : nullptr;
  const Index most = packed_a != nullptr ? kPackedRows<T> : kRows, parts = (m + most - 1) / most;
  for (Index block = 0; block < blocks; ++block) {
    const Index k0 = k * block / blocks, depth = k * (block + 1) / blocks - k0;
    for (Index part = 0; part < parts; ++part) {
      // Even parts: a short last one would pack all of B again for a few rows.
      const Index i0 = m * part / parts, rows = m * (part + 1) / parts - i0;
      Tile<T> tile{};
      tile.depth = depth;
      tile.a = a.data + i0 * a.row + k0 * a.column;
      tile.a_row = a.row;
      tile.a_column = a.column;
      tile.ldc = ldc;
      tile.accumulate = block > 0;
      if (packed_a != nullptr) {
        const Strided<T> packed =
            pack_rows(rows, depth, Strided<T>{tile.a, a.row, a.column}, packed_a);
        tile.a = packed.data;
        tile.a_row = packed.row;
        tile.a_column = packed.column;
      }
      Index packed_begin = 0, packed_end = 0;  // columns of B that lie in packed_b
      for (Index j0 = 0; j0 < n; j0 += tile.columns) {
        const bool row_alone = m == 1 && b.column == 1 && n - j0 >= kWideRow * lanes<T>;
        tile.columns = std::min(row_alone ? kWideRow * lanes<T> : panel, n - j0);
        tile.c = c + i0 * ldc + j0;
        tile.bias = bias != nullptr && block == blocks - 1 ? bias + j0 : nullptr;
        const T* source = b.data + k0 * b.row + j0 * b.column;
        const bool whole = tile.columns % lanes<T> == 0 || b.slack;
        if (b.column == 1 && whole && !big_b) {
          tile.b = source;
          tile.b_row = b.row;
        } else {
          if (j0 >= packed_end) {
            packed_begin = j0;
            packed_end = std::min(j0 + kGroup * panel, n);
            pack_panels(depth, packed_end - j0, panel, Strided<T>{source, b.row, b.column},
                        packed_b);
          }
          tile.b = packed_b + (j0 - packed_begin) * depth;
          tile.b_row = panel;
        }
        if (row_alone) {
          tile_product<T, 1, kWideRow>(tile);
        } else {
          panel_product(tile, rows);
        }
      }
    }
  }
}

template void gemm<float>(Index, Index, Index, Strided<float>, Strided<float>, const float*, float*,
                          Index);
template void gemm<double>(Index, Index, Index, Strided<double>, Strided<double>, const double*,
                           double*, Index);

}  // namespace fusedmlp
