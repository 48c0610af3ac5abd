// One row times a matrix. B is read once, so reading it is the work: whole rows, four at a time, as
// they lie in memory, while the sums wait in L1.
#pragma once

#include <algorithm>

#include "kernels/simd.hpp"
#include "kernels/strided.hpp"

namespace fusedmlp {

// Columns whose sums wait together: 8 KB.
template <typename T>
inline constexpr Index kRowSums = 8192 / sizeof(T);
inline constexpr int kRowsTogether = 4;

// sums[j] += a[0] b(0, j) + a[1] b(1, j) + ..., one multiply-add after the other.
template <int Rows, typename T>
void add_rows(Index columns, const T* a, Index a_column, Strided<T> b, T* sums) {
  Packet<T> factor[Rows];
  for (int r = 0; r < Rows; ++r) factor[r] = simd::set(a[r * a_column]);
  const auto add = [&](Index j, auto load) __attribute__((always_inline)) {
    Packet<T> sum = simd::load(sums + j);
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      sum = simd::pmadd(factor[r], load(b.data + r * b.row + j), sum);
    }
    simd::store(sums + j, sum);
  };
  Index j = 0;
#pragma GCC unroll 2
  for (; j + lanes<T> <= columns; j += lanes<T>) add(j, [](const T* p) { return simd::load(p); });
  const Index rest = columns - j;
  if (rest > 0) add(j, [=](const T* p) { return simd::load_part(p, rest); });
}

// c = a b + bias for one row and `blocks` even blocks of k, with the sums of gemm.
template <typename T>
void row_product(Index n, Index k, Index blocks, Strided<T> a, Strided<T> b, const T* bias, T* c) {
  alignas(64) T sums[kRowSums<T> + lanes<T>];
  for (Index j0 = 0; j0 < n; j0 += kRowSums<T>) {
    const Index columns = std::min(kRowSums<T>, n - j0);
    for (Index block = 0; block < blocks; ++block) {
      std::fill_n(sums, columns + lanes<T>, T(0));
      const Index end = k * (block + 1) / blocks;
      Index i = k * block / blocks;
      const auto rows_from = [&] { return b.from(i, j0); };
      for (; i + kRowsTogether <= end; i += kRowsTogether) {
        add_rows<kRowsTogether>(columns, a.data + i * a.column, a.column, rows_from(), sums);
      }
      for (; i < end; ++i) add_rows<1>(columns, a.data + i * a.column, a.column, rows_from(), sums);
      T* const out = c + j0;
      if (block > 0) {
        for (Index j = 0; j < columns; ++j) sums[j] = out[j] + sums[j];
      }
      if (bias != nullptr && block == blocks - 1) {
        for (Index j = 0; j < columns; ++j) sums[j] += bias[j0 + j];
      }
      std::copy_n(sums, columns, out);
    }
  }
}

}  // namespace fusedmlp
