#include "network/rows.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace fusedmlp {
namespace {

// memcpy: user arrays may be misaligned.
template <typename From>
From read(const char* p) {
  From value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

// Shuffled rows lie anywhere: ask for a row's beginning some rows before its turn; the hardware
// follows from there.
constexpr Index kRowsAhead = 4, kBytesAhead = 512, kLine = 64;

inline void ask_for(const char* row, Index bytes) {
  for (Index i = 0; i < std::min(bytes, kBytesAhead); i += kLine) __builtin_prefetch(row + i);
}

template <typename From, typename T>
void gather_from(const Rows& rows, const std::int64_t* order, Index first, Index begin, Index end,
                 T* out) {
  for (Index r = begin; r < end; ++r) {
    const Index source = order == nullptr ? first + r : static_cast<Index>(order[first + r]);
    const char* p = rows.data + source * rows.row;
    T* row = out + (r - begin) * rows.columns;
    if (order != nullptr && r + kRowsAhead < end) {
      const auto later = static_cast<Index>(order[first + r + kRowsAhead]);
      ask_for(rows.data + later * rows.row, rows.columns * std::abs(rows.column));
    }
    if (rows.column == static_cast<Index>(sizeof(From))) {
      if constexpr (std::is_same_v<From, T>) {
        std::memcpy(row, p, sizeof(T) * static_cast<std::size_t>(rows.columns));
      } else {
        for (Index j = 0; j < rows.columns; ++j) {
          row[j] = static_cast<T>(read<From>(p + j * static_cast<Index>(sizeof(From))));
        }
      }
    } else {
      for (Index j = 0; j < rows.columns; ++j) {
        row[j] = static_cast<T>(read<From>(p + j * rows.column));
      }
    }
  }
}

}  // namespace

template <typename T>
void gather(const Rows& rows, const std::int64_t* order, Index first, Index begin, Index end,
            T* out) {
  const auto from = [&](auto sample) {
    gather_from<decltype(sample)>(rows, order, first, begin, end, out);
  };
  switch (rows.kind) {
    case Kind::f16:
      return from(Eigen::half{});
    case Kind::f32:
      return from(float{});
    case Kind::f64:
      return from(double{});
    case Kind::i8:
      return from(std::int8_t{});
    case Kind::i16:
      return from(std::int16_t{});
    case Kind::i32:
      return from(std::int32_t{});
    case Kind::i64:
      return from(std::int64_t{});
    case Kind::u8:
      return from(std::uint8_t{});
    case Kind::u16:
      return from(std::uint16_t{});
    case Kind::u32:
      return from(std::uint32_t{});
    case Kind::u64:
      return from(std::uint64_t{});
  }
}

template void gather<float>(const Rows&, const std::int64_t*, Index, Index, Index, float*);
template void gather<double>(const Rows&, const std::int64_t*, Index, Index, Index, double*);

}  // namespace fusedmlp
