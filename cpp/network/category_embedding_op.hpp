// Category embedding: each index picks a row of its table. Parameters: the tables, one behind the
// other.
#pragma once

#include "kernels/gathers.hpp"
#include "network/columns_op.hpp"

namespace fusedmlp {

template <typename T>
class CategoryEmbeddingOp final : public ColumnsOp<T> {
 public:
  CategoryEmbeddingOp(Index in, const OpSpec& spec)
      : ColumnsOp<T>(in, spec.numbers("columns"),
                     static_cast<Index>(spec.numbers("columns").size()) * spec.size("dim")) {
    const std::vector<double>& sizes = spec.numbers("sizes");
    tables_.dim = spec.size("dim");
    Index rows = 0;
    for (std::size_t k = 0; k < sizes.size(); ++k) {
      tables_.categories.push_back({this->chosen()[k], static_cast<Index>(sizes[k])});
      tables_.first.push_back(rows);
      rows += static_cast<Index>(sizes[k]);
    }
    this->num_parameters = rows * tables_.dim;
  }

  void forward(const Pass<T>& pass, const Slot<T>& slot, Range rows, const Worker&) const override {
    this->pass_on(slot, rows);
    tables_.forward(rows, slot.x, this->in, pass.theta + this->first_parameter,
                    slot.y + this->passed(), this->out);
  }

  // Indices have no derivative.
  void backward(const Pass<T>&, const Slot<T>& slot, Range rows, const Worker&) const override {
    if (slot.dx == nullptr) return;
    std::fill_n(slot.dx + rows.begin * this->in, rows.size() * this->in, T(0));
    this->pass_back(slot, rows);
  }

  void parameter_gradients(const Pass<T>& pass, const Slot<T>& slot, const Worker& worker,
                           const Update<T>* update) const override {
    const Range mine = worker.share(static_cast<Index>(tables_.categories.size()));
    for (Index k = mine.begin; k < mine.end; ++k) {
      const auto at = static_cast<std::size_t>(k);
      tables_.gradient(k, pass.rows, slot.x, this->in, slot.dy + this->passed(), this->out,
                       pass.grad + this->first_parameter);
      if (update == nullptr) continue;
      const Index begin = this->first_parameter + tables_.first[at] * tables_.dim;
      const Index size = tables_.categories[at].size * tables_.dim;
      update->take(pass.grad + begin, {begin, begin + size});
    }
  }

 private:
  CategoryTables<T> tables_;
};

}  // namespace fusedmlp
