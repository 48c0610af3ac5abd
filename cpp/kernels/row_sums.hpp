// Sums over a row and over the rows of a column. Short runs are added in T, runs in double, so that
// long sums lose nothing; the order depends on sizes alone.
#pragma once

#include "kernels/parallel.hpp"
#include "kernels/simd.hpp"

namespace fusedmlp {

// sum of f(x[i], ...) over n elements. Lanes beyond the row's end are dropped.
template <typename T, typename F, typename... In>
double sum_row(Index n, F f, const In*... in) {
  constexpr Index block = 64 * lanes<T>;
  double total = 0;
  T lane[lanes<T>];
  for (Index begin = 0; begin < n; begin += block) {
    const Index end = std::min(n, begin + block);
    Packet<T> sum = simd::set(T(0));
    Index i = begin;
    for (; i + lanes<T> <= end; i += lanes<T>) sum = simd::padd(sum, f(simd::load(in + i)...));
    simd::store(lane, sum);
    for (Index k = 0; k < lanes<T>; ++k) total += lane[k];
    if (i < end) {
      simd::store(lane, f(simd::load_part(in + i, end - i)...));
      for (Index k = 0; k < end - i; ++k) total += lane[k];
    }
  }
  return total;
}

// One packet of columns of a row-major matrix: a whole one, or the last few columns.
template <typename T, bool whole>
struct Strip {
  Index column, count;

  Packet<T> load(const T* row) const {
    return whole ? simd::load(row + column) : simd::load_part(row + column, count);
  }
  void store(T* row, const Packet<T>& v) const {
    if (whole) {
      simd::store(row + column, v);
    } else {
      simd::store_part(row + column, v, count);
    }
  }
};

// body(strip) for every strip of the columns.
template <typename T, typename F>
EIGEN_STRONG_INLINE void for_strips(Range columns, F&& body) {
  Index j = columns.begin;
  for (; j + lanes<T> <= columns.end; j += lanes<T>) body(Strip<T, true>{j, lanes<T>});
  if (j < columns.end) body(Strip<T, false>{j, columns.end - j});
}

// done(column, sum over the rows i of term(strip, i)), row after row.
template <typename T, typename Term, typename Done>
void sum_columns(Index rows, Range columns, Term term, Done done) {
  constexpr Index block = 64;
  for_strips<T>(columns, [&](auto strip) {
    double total[lanes<T>] = {};
    T lane[lanes<T>];
    for (Index first = 0; first < rows; first += block) {
      const Index last = std::min(rows, first + block);
      Packet<T> sum = simd::set(T(0));
      for (Index i = first; i < last; ++i) sum = simd::padd(sum, term(strip, i));
      simd::store(lane, sum);
      for (Index k = 0; k < lanes<T>; ++k) total[k] += lane[k];
    }
    for (Index k = 0; k < strip.count; ++k) done(strip.column + k, total[k]);
  });
}

}  // namespace fusedmlp
