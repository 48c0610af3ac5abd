// Table of contents of the native module; the names are those of python/fusedmlp/core/_core.pyi.
#include "bindings/arrays.hpp"
#include "bindings/bind.hpp"

PYBIND11_MODULE(FUSEDMLP_MODULE, m) {
  m.doc() = "Kernels of fusedmlp for one instruction-set level; see _core.pyi.";
  m.attr("level") = FUSEDMLP_LEVEL;
  // The first array makes pybind11 look NumPy up, without the GIL: not in a thread that may be
  // coming back while the interpreter ends.
  fusedmlp::Array<float>(0);
  fusedmlp::bind_runtime(m);
  fusedmlp::bind_activations(m);
  fusedmlp::bind_softmax(m);
  fusedmlp::bind_dense(m);
  fusedmlp::bind_dropout(m);
  fusedmlp::bind_norm(m);
  fusedmlp::bind_losses(m);
  fusedmlp::bind_optimizers(m);
  fusedmlp::bind_network(m);
  fusedmlp::bind_job(m);
  fusedmlp::bind_examine(m);
}
