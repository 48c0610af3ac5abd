// The tile of C that is held in registers while its sums grow.
#pragma once

#include <array>
#include <utility>

#include "kernels/pack.hpp"

namespace fusedmlp {

// Rows by packets of a tile: 32 registers allow 14 x 2, 16 allow 6 x 2.
template <typename T>
inline constexpr Index kHeight = sizeof(Packet<T>) == 64 ? 14 : 6;
inline constexpr Index kWide = 2;

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

// Adds up one tile; the loops over it are unrolled, so that `sum` stays in registers.
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
  // Copies: the stores to C might otherwise change what t says.
  T* const c = t.c;
  const Index ldc = t.ldc, columns = t.columns;
  const T* const bias = t.bias;
  const bool accumulate = t.accumulate;
  // Always inlined: else `sum` would have to lie in memory.
  const auto finish = [&](int w, auto load, auto store) __attribute__((always_inline)) {
    T* const first = c + w * lanes<T>;
    if (accumulate) {
#pragma GCC unroll 16
      for (int i = 0; i < Height; ++i) sum[i][w] = simd::padd(load(first + i * ldc), sum[i][w]);
    }
    if (bias != nullptr) {
      const P added = load(bias + w * lanes<T>);
#pragma GCC unroll 16
      for (int i = 0; i < Height; ++i) sum[i][w] = simd::padd(sum[i][w], added);
    }
#pragma GCC unroll 16
    for (int i = 0; i < Height; ++i) store(first + i * ldc, sum[i][w]);
  };
#pragma GCC unroll 8
  for (int w = 0; w < Width; ++w) {
    const Index left = columns - w * lanes<T>;
    if (left <= 0) break;
    if (left >= lanes<T>) {
      finish(
          w, [](const T* p) { return simd::load(p); },
          [](T* p, const P& value) { simd::store(p, value); });
    } else {
      finish(
          w, [=](const T* p) { return simd::load_part(p, left); },
          [=](T* p, const P& value) { simd::store_part(p, value, left); });
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

// Runs down the rows of one panel. `packed`: A lies in strips (pack_strip), else as it came.
template <typename T>
void panel_product(Tile<T> tile, Index rows, bool packed) {
  const auto& product = tile.columns <= lanes<T> ? tiles<T, 1> : tiles<T, kWide>;
  const Strips strips(rows, kHeight<T>);
  for (Index i = 0; i < strips.count; ++i) {
    const Index height = strips.height(i);
    if (packed) tile.a_column = height;
    product[static_cast<std::size_t>(height - 1)](tile);
    tile.a += height * (packed ? tile.depth : tile.a_row);
    tile.c += height * tile.ldc;
  }
}

}  // namespace fusedmlp
