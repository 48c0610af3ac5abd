// The user's data in its own memory: rows of any real dtype and any strides, converted when read.
#pragma once

#include <cstdint>

#include "kernels/simd.hpp"

namespace fusedmlp {

enum class Kind { f16, f32, f64, i8, i16, i32, i64, u8, u16, u32, u64 };

template <typename T>
inline constexpr Kind kind_of = Kind::i64;
template <>
inline constexpr Kind kind_of<float> = Kind::f32;
template <>
inline constexpr Kind kind_of<double> = Kind::f64;

struct Rows {
  const char* data = nullptr;
  Index row = 0, column = 0;  // strides in bytes
  Index columns = 0;
  Kind kind = Kind::f32;
};

// Rows that lie one behind the other, as the engine itself holds them.
template <typename T>
Rows dense_rows(const T* data, Index columns) {
  constexpr Index size = sizeof(T);
  return {reinterpret_cast<const char*>(data), columns * size, size, columns, kind_of<T>};
}

// Row r of out, r in [0, end - begin), = row order[first + begin + r] of the data (without an
// order: row first + begin + r).
template <typename T>
void gather(const Rows& rows, const std::int64_t* order, Index first, Index begin, Index end,
            T* out);

}  // namespace fusedmlp
