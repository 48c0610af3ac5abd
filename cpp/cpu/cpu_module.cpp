// `_cpu`: built with baseline flags, so it can be asked on any machine what that machine runs.
#include <pybind11/pybind11.h>

#include <string>

#include "levels.hpp"

namespace {

std::string model_name() {
#if defined(__x86_64__)
  // Leaves 0x80000002..4 spell the name, 16 characters each.
  std::string name;
  for (unsigned k = 0; k < 3; ++k) {
    const fusedmlp::Leaf leaf(0x80000002u + k);
    name.append(reinterpret_cast<const char*>(&leaf), sizeof leaf);
  }
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
