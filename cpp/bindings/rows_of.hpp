// A NumPy array of any real dtype and strides, as rows that the engine converts while reading.
#pragma once

#include "bindings/arrays.hpp"
#include "network/rows.hpp"

namespace fusedmlp {

inline Rows rows_of(const py::array& array) {
  struct Row {
    char kind;
    Index size;
    Kind code;
  };
  static constexpr Row table[] = {{'f', 2, Kind::f16}, {'f', 4, Kind::f32}, {'f', 8, Kind::f64},
                                  {'i', 1, Kind::i8},  {'i', 2, Kind::i16}, {'i', 4, Kind::i32},
                                  {'i', 8, Kind::i64}, {'u', 1, Kind::u8},  {'u', 2, Kind::u16},
                                  {'u', 4, Kind::u32}, {'u', 8, Kind::u64}};
  Rows rows;
  rows.data = static_cast<const char*>(array.data());
  rows.row = array.strides(0);
  rows.columns = array.ndim() > 1 ? array.shape(1) : 1;
  rows.column = array.ndim() > 1 ? array.strides(1) : array.itemsize();
  for (const Row& row : table) {
    if (array.dtype().kind() == row.kind && array.itemsize() == row.size) {
      rows.kind = row.code;
      return rows;
    }
  }
  throw py::type_error("rows of dtype " + std::string(py::str(array.dtype())) + " cannot be read");
}

}  // namespace fusedmlp
