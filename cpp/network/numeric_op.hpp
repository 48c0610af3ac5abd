// What embeddings of numbers share: a feature x becomes 1 + dim neighbouring numbers, x itself and
// the embedding, and between the passes x and the embedding's gradients are kept transposed.
#pragma once

#include "kernels/column_sums.hpp"
#include "network/columns_op.hpp"

namespace fusedmlp {

template <typename T>
class NumericOp : public ColumnsOp<T> {
 protected:
  NumericOp(Index in, const OpSpec& spec)
      : ColumnsOp<T>(in, spec.numbers("columns"),
                     static_cast<Index>(spec.numbers("columns").size()) * (1 + spec.size("dim"))),
        features(static_cast<Index>(spec.numbers("columns").size())),
        dim(spec.size("dim")) {}

  const Index features, dim;

 public:
  // x, then the gradients of the embeddings.
  Index saved_size(Index rows) const override { return rows * features * (1 + dim); }

 protected:
  const T* values(const Slot<T>& slot) const { return slot.saved; }
  T* gradients(const Pass<T>& pass, const Slot<T>& slot) const {
    return slot.saved + pass.rows * features;
  }
  // Where the numbers of a feature begin in a row of y.
  Index place(Index feature) const { return this->passed() + feature * (1 + dim); }

  // Columns that pass, values beside the embeddings, and values transposed.
  void spread(const Pass<T>& pass, const Slot<T>& slot, Range rows) const {
    this->pass_on(slot, rows);
    for (Index f = 0; f < features; ++f) {
      const T* x = slot.x + this->chosen()[static_cast<std::size_t>(f)];
      for (Index i = rows.begin; i < rows.end; ++i) {
        const T value = x[i * this->in];
        slot.saved[f * pass.rows + i] = value;
        slot.y[i * this->out + place(f)] = value;
      }
    }
  }

  // Gradients transposed; with dx those of what passed and of the values.
  void collect(const Pass<T>& pass, const Slot<T>& slot, Range rows) const {
    T* de = gradients(pass, slot);
    for (Index f = 0; f < features; ++f) {
      for (Index d = 0; d < dim; ++d) {
        const T* dy = slot.dy + place(f) + 1 + d;
        T* to = de + (f * dim + d) * pass.rows;
        for (Index i = rows.begin; i < rows.end; ++i) to[i] = dy[i * this->out];
      }
    }
    if (slot.dx == nullptr) return;
    this->pass_back(slot, rows);
    for (Index f = 0; f < features; ++f) {
      const Index column = this->chosen()[static_cast<std::size_t>(f)];
      for (Index i = rows.begin; i < rows.end; ++i) {
        slot.dx[i * this->in + column] = slot.dy[i * this->out + place(f)];
      }
    }
  }

  // Sums of the embeddings' gradients over the batch: the bias of each.
  void bias_gradients(const Pass<T>& pass, const Slot<T>& slot, Range part, T* dbias) const {
    for (Index f = part.begin; f < part.end; ++f) {
      const Index first = place(f) + 1;
      sum_columns<T>(
          pass.rows, {first, first + dim},
          [&](auto strip, Index i) { return strip.load(slot.dy + i * this->out); },
          [&](Index j, double sum) { dbias[f * dim + j - first] = static_cast<T>(sum); });
    }
  }
};

}  // namespace fusedmlp
