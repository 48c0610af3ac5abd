// Memory that starts at a cache line and, where it is large, lies on huge pages.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#elif defined(_WIN32)
#include <malloc.h>
#endif

namespace fusedmlp {

#ifdef _WIN32
inline void* allocate_aligned(std::size_t alignment, std::size_t bytes) {
  return _aligned_malloc(bytes, alignment);
}
inline void free_aligned(void* p) { _aligned_free(p); }
#else
inline void* allocate_aligned(std::size_t alignment, std::size_t bytes) {
  return std::aligned_alloc(alignment, bytes);
}
inline void free_aligned(void* p) { std::free(p); }
#endif

// Null if there is no memory. Freed with free_aligned.
inline void* aligned_memory(std::size_t bytes) {
  constexpr std::size_t line = 64, huge_page = std::size_t{2} << 20;
  const std::size_t unit = bytes < huge_page ? line : huge_page;
  // Not every system gives sizes that are no multiple of the alignment.
  const std::size_t whole = (bytes + unit - 1) / unit * unit;
  void* p = allocate_aligned(unit, whole);
#ifdef __linux__
  // With 4 KB pages a large product spends its time on address translation.
  if (p != nullptr && unit == huge_page) madvise(p, whole, MADV_HUGEPAGE);
#endif
  return p;
}

// Elements that are not initialised; growing them forgets what they held.
template <typename T>
class AlignedArray {
 public:
  // Allocates n elements unless there are enough; may throw bad_alloc.
  void reserve(std::size_t n) {
    if (n <= size_) return;
    memory_.reset();
    size_ = 0;
    memory_.reset(static_cast<T*>(aligned_memory(n * sizeof(T))));
    if (memory_ == nullptr) throw std::bad_alloc();
    size_ = n;
  }
  // Null before the first reserve.
  T* data() const { return memory_.get(); }

 private:
  struct Free {
    void operator()(T* p) const { free_aligned(p); }
  };
  std::unique_ptr<T, Free> memory_;
  std::size_t size_ = 0;
};

}  // namespace fusedmlp
