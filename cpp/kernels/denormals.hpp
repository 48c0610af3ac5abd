// Denormal numbers slow small nets by half: they count as zero inside our loops, nowhere else.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace fusedmlp {

// Sets flush-to-zero and denormals-are-zero for this thread while it lives, then restores.
class DenormalsOff {
 public:
#if defined(__x86_64__)
  DenormalsOff() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | 0x8040u); }
  ~DenormalsOff() { _mm_setcsr(saved_); }

 private:
  unsigned saved_;
#elif defined(__aarch64__)
  DenormalsOff() {
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(saved_));
    __asm__ __volatile__("msr fpcr, %0" ::"r"(saved_ | (1ull << 24)));
  }
  ~DenormalsOff() { __asm__ __volatile__("msr fpcr, %0" ::"r"(saved_)); }

 private:
  unsigned long long saved_;
#else
  DenormalsOff() {}
#endif
  DenormalsOff(const DenormalsOff&) = delete;
  DenormalsOff& operator=(const DenormalsOff&) = delete;
};

}  // namespace fusedmlp
