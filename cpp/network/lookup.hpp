// Table look-ups that must succeed: a wrong name is an exception, not a null pointer.
#pragma once

#include <stdexcept>
#include <string>

#include "kernels/activations.hpp"

namespace fusedmlp {

template <typename Row>
const Row& require(const Row* row, const char* what, const std::string& name) {
  if (row == nullptr) throw std::invalid_argument(std::string("unknown ") + what + " " + name);
  return *row;
}

template <typename T>
const Activation<T>& require_activation(const std::string& name) {
  return require(find_activation<T>(name), "activation", name);
}

}  // namespace fusedmlp
