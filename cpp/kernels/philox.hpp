// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
// Counter-based: element i of a stream is a function of (seed, stream, draw, i) alone, so masks and
// shuffles are the same for any number of threads and can be resumed anywhere.
#pragma once

#include <array>
#include <cstdint>

namespace fusedmlp {

using Philox4 = std::array<std::uint32_t, 4>;

// Four 32-bit numbers: block `block` of (seed, stream, draw).
inline Philox4 philox(std::uint64_t seed, std::uint32_t stream, std::uint64_t draw,
                      std::uint32_t block) {
  Philox4 c{block, stream, static_cast<std::uint32_t>(draw),
            static_cast<std::uint32_t>(draw >> 32)};
  auto k0 = static_cast<std::uint32_t>(seed);
  auto k1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

// `Count` blocks from `block` on: out[4 k + j] is number j of block + k. Each word has 64 bits, of
// which the lower 32 count, so that the vector units multiply them side by side without shuffling.
template <int Count>
void philox_blocks(std::uint64_t seed, std::uint32_t stream, std::uint64_t draw,
                   std::uint32_t block, std::uint32_t* out) {
  const auto low = [](std::uint64_t word) { return static_cast<std::uint32_t>(word); };
  std::uint64_t c0[Count], c1[Count], c2[Count], c3[Count];
  for (int k = 0; k < Count; ++k) {
    c0[k] = block + low(static_cast<std::uint64_t>(k));
    c1[k] = stream;
    c2[k] = draw;
    c3[k] = draw >> 32;
  }
  std::uint32_t k0 = low(seed), k1 = low(seed >> 32);
  for (int round = 0; round < 10; ++round) {
#pragma GCC unroll 1  // unrolled, GCC no longer sees the vectors
    for (int k = 0; k < Count; ++k) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53} * low(c0[k]);
      const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * low(c2[k]);
      c0[k] = (p1 >> 32) ^ c1[k] ^ k0;
      c1[k] = p1;
      c2[k] = (p0 >> 32) ^ c3[k] ^ k1;
      c3[k] = p0;
    }
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  for (int k = 0; k < Count; ++k) {
    out[4 * k] = low(c0[k]);
    out[4 * k + 1] = low(c1[k]);
    out[4 * k + 2] = low(c2[k]);
    out[4 * k + 3] = low(c3[k]);
  }
}

// Streams: what a random number is for. Layers use kLayerStream + their position.
inline constexpr std::uint32_t kShuffleStream = 1;
inline constexpr std::uint32_t kLayerStream = 16;

}  // namespace fusedmlp
