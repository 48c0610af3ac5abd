// Build facts, threads, and the shuffle.
#include <map>

#include "bindings/arrays.hpp"
#include "bindings/bind.hpp"
#include "bindings/gil.hpp"
#include "kernels/parallel.hpp"
#include "kernels/permutation.hpp"

namespace fusedmlp {
namespace {

std::map<std::string, std::string> build_info() {
#if defined(__clang__)
  const std::string compiler = std::string("Clang ") + __clang_version__;
#elif defined(__GNUC__)
  const std::string compiler = std::string("GCC ") + __VERSION__;
#else
  const std::string compiler = "unknown";
#endif
#ifdef _OPENMP
  const std::string openmp = std::to_string(_OPENMP);
#else
  const std::string openmp = "off";
#endif
  const auto eigen = std::to_string(EIGEN_WORLD_VERSION) + "." +
                     std::to_string(EIGEN_MAJOR_VERSION) + "." +
                     std::to_string(EIGEN_MINOR_VERSION);
  return {{"compiler", compiler}, {"eigen", eigen}, {"openmp", openmp}};
}

Indices shuffled(std::uint64_t seed, std::uint64_t epoch, Index n) {
  Indices order(n);
  std::int64_t* out = order.mutable_data();
  // Where threads train nets side by side, asking for the GIL again takes longer than a short one.
  std::optional<GilReleased> release;
  if (n > 64 * 1024) release.emplace();
  permutation(seed, epoch, n, out);
  return order;
}

}  // namespace

void bind_runtime(py::module_& m) {
  m.def("build_info", &build_info);
  m.def("get_num_threads", &num_threads);
  m.def("set_num_threads", &set_num_threads, py::arg("n"));
  m.def("permutation", &shuffled, py::arg("seed"), py::arg("epoch"), py::arg("n"));
}

}  // namespace fusedmlp
