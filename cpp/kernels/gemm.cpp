#include "kernels/gemm.hpp"

#include <memory>

#include "kernels/memory.hpp"
#include "kernels/row_product.hpp"
#include "kernels/tile.hpp"

namespace fusedmlp {
namespace {

// Terms of one chain of multiply-adds, before blocks are added up.
inline constexpr Index kDepth = 256;
// Columns of B that are packed together: with kDepth rows 1 MB. They may lie in L3, for a panel
// stays in L1 while many rows of A pass; the more columns, the less often A is packed.
template <typename T>
inline constexpr Index kChunk = 4096 / sizeof(T);
// Where A is packed once anyway, because it has few rows: 128 KB, which stay in L2.
template <typename T>
inline constexpr Index kSmallChunk = 512 / sizeof(T);
// Rows of A that are multiplied by all panels of a chunk before the next rows: with kDepth columns
// 144 KB, which stay in L2.
template <typename T>
inline constexpr Index kRows = 576 / sizeof(T);

// Whether A is copied into strips first. In place, the rows of a tile may lie a power of two
// apart and push each other out of L1, and a transposed A is a new page at every step; but a copy
// must be paid back by enough columns.
template <typename T>
bool packs_a(Index m, Index n, Index k, Strided<T> a) {
  constexpr Index panel = kWide * lanes<T>;
  if (m == 1) return false;
  if (a.column == 1) return n > 4 * panel && a.row * sizeof(T) >= 1024;
  return n > 2 * panel && std::min(k, kDepth) * a.column * sizeof(T) > 32 * 1024;
}

// Rows of A from which on a copy of B saves time, by the distance between the rows of B: the
// further apart they lie, the sooner they push each other out of L1. The limits were found by trial
// on Zen 3.
template <typename T>
Index rows_worth_packing(Strided<T> b) {
  const Index apart = b.row * static_cast<Index>(sizeof(T));
  if (apart <= 1024) return 128;
  if (apart <= 2048) return 48;
  if (apart <= 3072) return 32;
  return apart <= 4096 ? 2 * kHeight<T> : 1;
}

// Whether B is copied panel by panel: a transposed B has no packets to read in place, a small one
// stays in L1 anyway.
template <typename T>
bool packs_b(Index m, Index n, Index k, Strided<T> b) {
  return b.column != 1 || (k * n * sizeof(T) > 64 * 1024 && m > rows_worth_packing(b));
}

// Room for the copies, one for each thread, kept for its life; null if there is no memory.
template <typename T>
struct PackingMemory {
  // A packet behind the last strip is overwritten.
  static constexpr Index kA = kRows<T> * kDepth + lanes<T>, kB = kChunk<T> * kDepth;
  T* a = nullptr;
  T* b = nullptr;

  static const PackingMemory& of_thread() {
    static thread_local const PackingMemory memory;
    return memory;
  }

 private:
  struct Free {
    void operator()(void* p) const { free_aligned(p); }
  };
  PackingMemory() : memory_(aligned_memory((kA + kB) * sizeof(T))) {
    if (memory_ == nullptr) return;
    b = static_cast<T*>(memory_.get());
    a = b + kB;
  }
  const std::unique_ptr<void, Free> memory_;
};

// Where part k of `parts` even ones begins.
inline Index cut(Index n, Index k, Index parts) {
  return parts == 1 ? k * n : n * k / parts;  // without the division, which small products feel
}

template <typename T>
void pack_strips(Index rows, Index depth, Strided<T> a, T* out) {
  const Strips strips(rows, kHeight<T>);
  for (Index i = 0; i < strips.count; ++i) {
    const Index height = strips.height(i);
    pack_strip(height, depth, a, out);
    a.data += height * a.row;
    out += height * depth;
  }
}

}  // namespace

template <typename T>
void gemm(Index m, Index n, Index k, Strided<T> a, Strided<T> b, const T* bias, T* c, Index ldc) {
  if (m == 0 || n == 0) return;
  constexpr Index panel = kWide * lanes<T>;
  const Index blocks = std::max<Index>(1, (k + kDepth - 1) / kDepth);
  // Fewer columns are faster in registers.
  if (m == 1 && b.column == 1 && n >= 8 * lanes<T>) {
    return row_product(n, k, blocks, a, b, bias, c);
  }
  const bool pack_b = packs_b(m, n, k, b), pack_a = packs_a(m, n, k, a);
  const PackingMemory<T>* memory = pack_a || pack_b ? &PackingMemory<T>::of_thread() : nullptr;
  const bool room = memory != nullptr && memory->b != nullptr;
  // Without room A is read in place and B packed one panel at a time.
  alignas(64) T one_panel[kDepth * panel];
  T* const packed_a = pack_a && room ? memory->a : nullptr;
  T* const packed_b = room ? memory->b : one_panel;
  const Index parts = packed_a != nullptr || pack_b ? (m + kRows<T> - 1) / kRows<T> : 1;
  const Index chunk = !pack_b ? n : !room ? panel : parts > 1 ? kChunk<T> : kSmallChunk<T>;
  Tile<T> tile{};
  tile.ldc = ldc;
  for (Index block = 0; block < blocks; ++block) {
    const Index k0 = cut(k, block, blocks);
    tile.depth = cut(k, block + 1, blocks) - k0;
    tile.accumulate = block > 0;
    for (Index j0 = 0; j0 < n; j0 += chunk) {
      const Index columns = std::min(chunk, n - j0);
      const Strided<T> b_chunk = b.from(k0, j0);
      if (pack_b) pack_panels(tile.depth, columns, panel, b_chunk, packed_b);
      for (Index part = 0; part < parts; ++part) {
        const Index i0 = cut(m, part, parts), rows = cut(m, part + 1, parts) - i0;
        Strided<T> a_part = a.from(i0, k0);
        if (packed_a != nullptr) {
          // A single part keeps its copy for all chunks.
          if (parts > 1 || j0 == 0) pack_strips(rows, tile.depth, a_part, packed_a);
          a_part = {packed_a, 1, 0};  // the column is that of each strip
        }
        tile.a = a_part.data;
        tile.a_row = a_part.row;
        tile.a_column = a_part.column;
        for (Index j = 0; j < columns; j += tile.columns) {
          tile.columns = std::min(panel, columns - j);
          tile.c = c + i0 * ldc + j0 + j;
          tile.bias = bias != nullptr && block == blocks - 1 ? bias + j0 + j : nullptr;
          if (pack_b) {
            tile.b = packed_b + j * tile.depth;
            tile.b_row = panel;
          } else if (b.slack == Slack::behind || tile.columns % lanes<T> == 0) {
            tile.b = b_chunk.data + j;
            tile.b_row = b.row;
          } else {
            pack_panels(tile.depth, tile.columns, panel, b_chunk.from(0, j), one_panel);
            tile.b = one_panel;
            tile.b_row = panel;
          }
          panel_product(tile, rows, packed_a != nullptr);
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
