// Which instruction-set levels this machine and its operating system can run.
#pragma once

#include <cstring>

namespace fusedmlp {

// "base" runs everywhere it was built; v2, v3 and v4 are the x86-64 levels of the psABI.
inline bool machine_runs(const char* level) {
  if (std::strcmp(level, "base") == 0) return true;
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
  // __builtin_cpu_supports also asks the operating system (XGETBV) about wide registers.
  __builtin_cpu_init();
  const bool v2 = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("ssse3") &&
                  __builtin_cpu_supports("popcnt");
  if (std::strcmp(level, "v2") == 0) return v2;
  const bool v3 = v2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                  __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  if (std::strcmp(level, "v3") == 0) return v3;
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  if (std::strcmp(level, "v4") == 0) return v4;
#endif
  return false;
}

}  // namespace fusedmlp
