// Sizes, ranges of indices, and how a range is cut into blocks.
#pragma once

#include <cstddef>

namespace fusedmlp {

using Index = std::ptrdiff_t;

struct Range {
  Index begin, end;
  Index size() const { return end - begin; }
};

// body(block) for blocks of `range` that have at most `most` elements. The blocks are even: a short
// last one would have the full cost of a block for a few elements.
template <typename F>
void for_even_blocks(Range range, Index most, F&& body) {
  if (range.size() <= most) {
    if (range.size() > 0) body(range);
    return;
  }
  const Index count = (range.size() + most - 1) / most;
  const auto cut = [&](Index k) { return range.begin + range.size() * k / count; };
  for (Index k = 0; k < count; ++k) body(Range{cut(k), cut(k + 1)});
}

}  // namespace fusedmlp
