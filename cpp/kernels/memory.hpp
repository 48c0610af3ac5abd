// Memory that starts at a cache line and, where it is large, lies on huge pages.
#pragma once

#include <cstddef>
#include <cstdlib>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace fusedmlp {

// `bytes` is a multiple of 64; null if there is none. Freed with std::free.
inline void* aligned_memory(std::size_t bytes) {
  constexpr std::size_t line = 64, huge_page = std::size_t{2} << 20;
  if (bytes < huge_page) return std::aligned_alloc(line, bytes);
  const std::size_t whole = (bytes + huge_page - 1) / huge_page * huge_page;
  void* p = std::aligned_alloc(huge_page, whole);
#ifdef __linux__
  // With 4 KB pages a large product spends its time on address translation.
  if (p != nullptr) madvise(p, whole, MADV_HUGEPAGE);
#endif
  return p;
}

}  // namespace fusedmlp
