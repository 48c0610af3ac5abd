// One function per family of bindings.
#pragma once

#include <pybind11/pybind11.h>

namespace fusedmlp {

void bind_runtime(pybind11::module_& m);
void bind_activations(pybind11::module_& m);
void bind_softmax(pybind11::module_& m);
void bind_dense(pybind11::module_& m);
void bind_dropout(pybind11::module_& m);
void bind_norm(pybind11::module_& m);
void bind_losses(pybind11::module_& m);
void bind_optimizers(pybind11::module_& m);
void bind_network(pybind11::module_& m);
void bind_job(pybind11::module_& m);
void bind_examine(pybind11::module_& m);

}  // namespace fusedmlp
