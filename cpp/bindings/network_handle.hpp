// A network with the arrays it works on, as Python holds it.
#pragma once

#include "bindings/arrays.hpp"
#include "network/network.hpp"

namespace fusedmlp {

// How many readable bytes lie behind the last element of `array` in the memory it is cut from.
inline Index bytes_behind(const py::array& array) {
  py::array owner = array;
  while (py::isinstance<py::array>(owner.base())) {
    owner = py::reinterpret_borrow<py::array>(owner.base());
  }
  const auto end = [](const py::array& a) {
    return reinterpret_cast<std::uintptr_t>(a.data()) + static_cast<std::uintptr_t>(a.nbytes());
  };
  return static_cast<Index>(end(owner) - end(array));
}

inline void require_size(const char* what, Index wanted, Index found) {
  if (wanted == found) return;
  throw py::value_error("network: the layers need " + std::string(what) + " of " +
                        std::to_string(wanted) + " numbers, got " + std::to_string(found));
}

template <typename T>
struct NetworkHandle {
  NetworkHandle(Index in_features, const std::vector<OpSpec>& specs, Array<T> theta_array,
                MaybeArray<T> grad_array, Array<T> buffers_array)
      : theta(std::move(theta_array)),
        buffers(std::move(buffers_array)),
        grad(std::move(grad_array)),
        network(in_features, specs,
                {theta.mutable_data(), mutable_data_of<T>(grad), buffers.mutable_data()}) {
    require_size("theta", network.plan().num_parameters(), theta.size());
    require_size("buffers", network.plan().num_buffers(), buffers.size());
    if (grad) require_size("grad", network.plan().num_parameters(), grad->size());
    if (bytes_behind(theta) < kSlackBytes) {
      throw py::value_error(
          "network: products read theta in whole packets: it must be cut from a block with " +
          std::to_string(kSlackBytes) + " bytes behind it (core.memory.aligned_zeros)");
    }
  }

  Array<T> theta, buffers;
  MaybeArray<T> grad;
  Network<T> network;
  Pass<T> last;  // of the last forward
};

}  // namespace fusedmlp
