// Scratch memory that is only ever made larger.
#pragma once

#include <vector>

#include "kernels/range.hpp"

namespace fusedmlp {

template <typename V>
void grow(V& v, Index size) {
  if (v.size() < static_cast<std::size_t>(size)) v.resize(static_cast<std::size_t>(size));
}

}  // namespace fusedmlp
