// Shuffled row numbers: a sort of random keys, the same on every backend.
#pragma once

#include "kernels/simd.hpp"

namespace fusedmlp {

// out[0..n) = 0..n-1 in the random order of (seed, epoch); n < 2^32.
void permutation(std::uint64_t seed, std::uint64_t epoch, Index n, std::int64_t* out);

}  // namespace fusedmlp
