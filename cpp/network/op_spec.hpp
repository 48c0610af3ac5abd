// One layer as Python describes it; see `Op` in core/_core.pyi.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "kernels/parallel.hpp"

namespace fusedmlp {

using Setting = std::variant<double, std::string, std::vector<double>>;

struct OpSpec {
  std::string kind;
  std::map<std::string, Setting> settings;

  double number(const char* name) const { return std::get<double>(settings.at(name)); }
  Index size(const char* name) const { return static_cast<Index>(number(name)); }
  bool flag(const char* name) const { return number(name) != 0.0; }
  const std::string& text(const char* name) const {
    return std::get<std::string>(settings.at(name));
  }
  const std::vector<double>& numbers(const char* name) const {
    return std::get<std::vector<double>>(settings.at(name));
  }
};

}  // namespace fusedmlp
