// Sums over the rows of each column: bias gradients, statistics and gradients of the norms. Blocks
// of rows are added in T, the blocks' sums in double, both in the order of the rows: a long sum
// loses nothing, and a column's bits do not depend on how the columns are cut.
#pragma once

#include "kernels/parallel.hpp"
#include "kernels/vec.hpp"

namespace fusedmlp {

// Where threads cut columns: at whole cache lines, so that they do not write into one.
inline constexpr Index kColumnGrain = 16;

// One packet of columns of a row-major matrix: a whole one, or the last few columns.
template <typename T, bool whole>
struct Strip {
  Index column, count;

  EIGEN_STRONG_INLINE Vec<T> load(const T* row) const {
    return whole ? Vec<T>::load(row + column) : Vec<T>::load_part(row + column, count);
  }
  EIGEN_STRONG_INLINE void store(T* row, Vec<T> v) const {
    if (whole) {
      v.store(row + column);
    } else {
      v.store_part(row + column, count);
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

// Rows that are added in T.
inline constexpr Index kSumRows = 64;

// `Count` neighbouring strips side by side, for one addition waits for the last.
template <int Count, typename T, bool whole, typename Term, typename Done>
EIGEN_STRONG_INLINE void sum_strips(Index rows, Strip<T, whole> strip, const Term& term,
                                    const Done& done) {
  double total[Count * lanes<T>] = {};
  T lane[Count * lanes<T>];
  for (Index first = 0; first < rows; first += kSumRows) {
    const Index last = first + kSumRows < rows ? first + kSumRows : rows;
    Vec<T> sum[Count];
    for (Vec<T>& s : sum) s = Vec<T>::all(0);
    for (Index i = first; i < last; ++i) {
#pragma GCC unroll 4
      for (int s = 0; s < Count; ++s) {
        sum[s] = sum[s] + term(Strip<T, whole>{strip.column + s * lanes<T>, strip.count}, i);
      }
    }
    for (int s = 0; s < Count; ++s) sum[s].store(lane + s * lanes<T>);
    for (Index k = 0; k < Count * lanes<T>; ++k) total[k] += static_cast<double>(lane[k]);
  }
  const Index columns = whole ? Count * lanes<T> : strip.count;
  for (Index k = 0; k < columns; ++k) done(strip.column + k, total[k]);
}

// done(column, sum over the rows i of term(strip, i)).
template <typename T, typename Term, typename Done>
void sum_columns(Index rows, Range columns, Term term, Done done) {
  constexpr int together = 4;
  Index j = columns.begin;
  for (; j + together * lanes<T> <= columns.end; j += together * lanes<T>) {
    sum_strips<together>(rows, Strip<T, true>{j, lanes<T>}, term, done);
  }
  for_strips<T>({j, columns.end}, [&](auto strip) { sum_strips<1>(rows, strip, term, done); });
}

// sums[j] = the sum over the rows of x (rows, width), for the columns of `part`.
template <typename T>
void column_sums(Index rows, Index width, Range part, const T* x, T* sums) {
  sum_columns<T>(
      rows, part, [=](auto strip, Index i) { return strip.load(x + i * width); },
      [=](Index j, double sum) { sums[j] = T(sum); });
}

}  // namespace fusedmlp
