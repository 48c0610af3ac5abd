#include "kernels/permutation.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "kernels/philox.hpp"

namespace fusedmlp {
namespace {

// The tables of a radix sort cost more than to compare so few.
constexpr std::size_t kFewKeys = 24;
// Above, the larger table of wider digits is worth its time.
constexpr std::size_t kManyKeys = 2048;

// By the random half, some bits at a time; rows start in order, so ties stay in order. Comparing
// random keys is slower: the processor cannot guess how it ends.
template <int bits>
void radix_sort(std::vector<std::uint64_t>& keys) {
  constexpr std::size_t digits = std::size_t{1} << bits;
  std::vector<std::uint64_t> other(keys.size());
  for (int shift = 32; shift < 64; shift += bits) {
    std::array<Index, digits + 1> start{};
    const auto digit = [&](std::uint64_t key) { return (key >> shift) & (digits - 1); };
    for (const std::uint64_t key : keys) ++start[digit(key) + 1];
    for (std::size_t d = 1; d < start.size(); ++d) start[d] += start[d - 1];
    for (const std::uint64_t key : keys) other[static_cast<std::size_t>(start[digit(key)]++)] = key;
    keys.swap(other);
  }
}

}  // namespace

void permutation(std::uint64_t seed, std::uint64_t epoch, Index n, std::int64_t* out) {
  // Key: 32 random bits above the row number, so keys differ and a sort has one result.
  std::vector<std::uint64_t> keys(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < keys.size(); i += 4) {
    const Philox4 r = philox(seed, kShuffleStream, epoch, static_cast<std::uint32_t>(i / 4));
    for (std::size_t k = 0; k < 4 && i + k < keys.size(); ++k) {
      keys[i + k] = std::uint64_t{r[k]} << 32 | (i + k);
    }
  }
  if (keys.size() <= kFewKeys) {
    std::sort(keys.begin(), keys.end());
  } else if (keys.size() <= kManyKeys) {
    radix_sort<8>(keys);
  } else {
    radix_sort<11>(keys);
  }
  for (Index i = 0; i < n; ++i) {
    out[i] = static_cast<std::int64_t>(keys[static_cast<std::size_t>(i)] & 0xFFFFFFFFu);
  }
}

}  // namespace fusedmlp
