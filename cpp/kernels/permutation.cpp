#include "kernels/permutation.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "kernels/philox.hpp"

namespace fusedmlp {
namespace {

// The tables of a radix sort cost more than to compare so few.
constexpr std::size_t kFewKeys = 256;

// By the random half, 11 bits at a time; rows start in order, so ties stay in order.
void radix_sort(std::vector<std::uint64_t>& keys) {
  std::vector<std::uint64_t> other(keys.size());
  for (int shift = 32; shift < 64; shift += 11) {
    std::array<Index, 2049> start{};
    const auto digit = [&](std::uint64_t key) { return (key >> shift) & 2047u; };
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
  } else {
    radix_sort(keys);
  }
  for (Index i = 0; i < n; ++i) {
    out[i] = static_cast<std::int64_t>(keys[static_cast<std::size_t>(i)] & 0xFFFFFFFFu);
  }
}

}  // namespace fusedmlp
