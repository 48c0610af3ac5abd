// Which instruction-set levels this machine and its operating system can run.
#pragma once

#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace fusedmlp {

#if defined(__x86_64__)
// What CPUID says; all zero where the processor does not know the leaf. (The compilers' own
// __builtin_cpu_supports needs a library that clang-cl does not link.)
struct Leaf {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;

  explicit Leaf(unsigned number) { __get_cpuid_count(number, 0, &eax, &ebx, &ecx, &edx); }
};

inline bool all_of(unsigned word, unsigned bits) { return (word & bits) == bits; }

// Whether the operating system keeps these registers (bits of XCR0) for every thread; asked only
// where CPUID has OSXSAVE.
inline bool system_keeps(unsigned registers) {
  unsigned low, high;
  __asm__ __volatile__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return all_of(low, registers);
}
#endif

// "base" runs everywhere it was built; v2, v3 and v4 are the x86-64 levels of the psABI.
inline bool machine_runs(const char* level) {
  if (std::strcmp(level, "base") == 0) return true;
#if defined(__x86_64__)
  const Leaf one(1), seven(7), more(0x80000001u);
  const bool v2 = all_of(one.ecx, bit_SSE3 | bit_SSSE3 | bit_CMPXCHG16B | bit_SSE4_1 | bit_SSE4_2 |
                                      bit_POPCNT) &&
                  all_of(more.ecx, bit_LAHF_LM);
  if (std::strcmp(level, "v2") == 0) return v2;
  const unsigned xmm_ymm = 0x06, opmask_zmm = 0xe0;
  const bool v3 = v2 && all_of(one.ecx, bit_FMA | bit_MOVBE | bit_OSXSAVE | bit_AVX | bit_F16C) &&
                  all_of(seven.ebx, bit_BMI | bit_AVX2 | bit_BMI2) && all_of(more.ecx, bit_LZCNT) &&
                  system_keeps(xmm_ymm);
  if (std::strcmp(level, "v3") == 0) return v3;
  const bool v4 =
      v3 &&
      all_of(seven.ebx, bit_AVX512F | bit_AVX512DQ | bit_AVX512CD | bit_AVX512BW | bit_AVX512VL) &&
      system_keeps(xmm_ymm | opmask_zmm);
  if (std::strcmp(level, "v4") == 0) return v4;
#endif
  return false;
}

}  // namespace fusedmlp
