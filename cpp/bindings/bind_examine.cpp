#include "bindings/bind.hpp"
#include "bindings/gil.hpp"
#include "bindings/network_handle.hpp"
#include "network/examine.hpp"

namespace fusedmlp {
namespace {

template <typename T>
Doubles spread(const Array<T>& x) {
  const Index rows = x.shape(0), columns = x.shape(1);
  Doubles found({Index(2), columns});
  column_spread(x.data(), rows, columns, found.mutable_data(), found.mutable_data() + columns);
  return found;
}

template <typename T>
std::vector<Array<T>> unit_ranges(NetworkHandle<T>& handle, const Array<T>& x) {
  const Plan<T>& plan = handle.network.plan();
  std::vector<Array<T>> found;
  std::vector<T*> data;
  for (Index i = 0; i < plan.size(); ++i) {
    found.emplace_back(std::vector<Index>{2, plan.width(i + 1)});
    data.push_back(found.back().mutable_data());
  }
  const Index rows = x.shape(0);
  const T* x_data = x.data();
  const GilReleased release;
  handle.network.look(x_data, rows, [&](Index i, const T* y) {
    const Index width = plan.width(i + 1);
    T* const low = data[static_cast<std::size_t>(i)];
    column_range(y, rows, width, low, low + width);
  });
  return found;
}

template <typename T>
std::vector<std::array<double, 2>> distances(const Array<T>& theta, const Array<T>& before,
                                             const std::vector<std::pair<Index, Index>>& ranges,
                                             Index most) {
  std::vector<std::array<double, 2>> found;
  for (const auto& [begin, end] : ranges) {
    found.push_back(moved(theta.data(), before.data(), {begin, end}, most));
  }
  return found;
}

template <typename T>
void bind(py::module_& m) {
  m.def("column_spread", &spread<T>, py::arg("x").noconvert());
  m.def("unit_ranges", &unit_ranges<T>, py::arg("network"), py::arg("x").noconvert());
  m.def("moved", &distances<T>, py::arg("theta").noconvert(), py::arg("before").noconvert(),
        py::arg("ranges"), py::arg("most"));
}

}  // namespace

void bind_examine(py::module_& m) {
  bind<float>(m);
  bind<double>(m);
}

}  // namespace fusedmlp
