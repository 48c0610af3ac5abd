// `_cpu`: built with baseline flags, so it can be asked on any machine what that machine runs.
#include <pybind11/pybind11.h>

#include <string>

#include "levels.hpp"

namespace {

std::string model_name() {
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
  // CPUID leaves 0x80000002..4 spell the name, 16 characters each.
  unsigned words[12] = {};
  for (unsigned leaf = 0; leaf < 3; ++leaf) {
    unsigned* w = words + 4 * leaf;
    __asm__ __volatile__("cpuid"
                         : "=a"(w[0]), "=b"(w[1]), "=c"(w[2]), "=d"(w[3])
                         : "a"(0x80000002u + leaf), "c"(0));
  }
  std::string name(reinterpret_cast<const char*>(words), sizeof words);
  name.resize(name.find_last_not_of(std::string(" \0", 2)) + 1);
  const auto end = name.find('\0');
  return end == std::string::npos ? name : name.substr(0, end);
#else
  return "unknown";
#endif
}

}  // namespace

PYBIND11_MODULE(_cpu, m) {
  m.doc() = "What this machine can run.";
  m.def(
      "machine_runs",
      [](const std::string& level) { return fusedmlp::machine_runs(level.c_str()); },
      pybind11::arg("level"));
  m.def("model_name", &model_name);
}
