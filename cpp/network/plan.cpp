#include "network/plan.hpp"

#include <stdexcept>

#include "network/activation_op.hpp"
#include "network/batch_norm_op.hpp"
#include "network/category_embedding_op.hpp"
#include "network/dense_op.hpp"
#include "network/dropout_op.hpp"
#include "network/layer_norm_op.hpp"
#include "network/one_hot_op.hpp"
#include "network/periodic_op.hpp"
#include "network/piecewise_op.hpp"
#include "network/residual_op.hpp"
#include "network/scale_op.hpp"

namespace fusedmlp {
namespace {

template <typename T>
struct OpKind {
  const char* name;
  std::unique_ptr<Op<T>> (*make)(Index in, const OpSpec& spec);
};

template <typename T, template <typename> class OpType>
std::unique_ptr<Op<T>> make(Index in, const OpSpec& spec) {
  return std::make_unique<OpType<T>>(in, spec);
}

// A new kind of layer is one file and one line here.
template <typename T>
constexpr OpKind<T> op_kinds[] = {
    {"dense", &make<T, DenseOp>},
    {"activation", &make<T, ActivationOp>},
    {"dropout", &make<T, DropoutOp>},
    {"batch_norm", &make<T, BatchNormOp>},
    {"layer_norm", &make<T, LayerNormOp>},
    {"residual_begin", &make<T, ResidualBeginOp>},
    {"residual_end", &make<T, ResidualEndOp>},
    {"scale", &make<T, ScaleOp>},
    {"category_embedding", &make<T, CategoryEmbeddingOp>},
    {"one_hot", &make<T, OneHotOp>},
    {"periodic", &make<T, PeriodicOp>},
    {"piecewise", &make<T, PiecewiseOp>},
};

template <typename T>
std::unique_ptr<Op<T>> make_op(Index in, const OpSpec& spec) {
  for (const OpKind<T>& kind : op_kinds<T>) {
    if (spec.kind == kind.name) return kind.make(in, spec);
  }
  throw std::invalid_argument("network: unknown layer kind " + spec.kind);
}

}  // namespace

template <typename T>
Plan<T>::Plan(Index in_features, const std::vector<OpSpec>& specs) : in_features_(in_features) {
  Index width = in_features;
  std::vector<Index> open_blocks;
  for (const OpSpec& spec : specs) {
    ops_.push_back(make_op<T>(width, spec));
    Op<T>& op = *ops_.back();
    op.position = size() - 1;
    op.first_parameter = num_parameters_;
    op.first_buffer = num_buffers_;
    num_parameters_ += op.num_parameters;
    num_buffers_ += op.num_buffers;
    work_per_row_ += op.work_per_row();
    needs_batch_ = needs_batch_ || op.needs_batch();
    width = op.out;

    const Index here = size() - 1;
    partners_.push_back(-1);
    if (spec.kind == "residual_begin") open_blocks.push_back(here);
    if (spec.kind == "residual_end") {
      const Index begin = open_blocks.at(open_blocks.size() - 1);
      open_blocks.pop_back();
      partners_.back() = begin;
      partners_[static_cast<std::size_t>(begin)] = here;
    }
  }
}

template class Plan<float>;
template class Plan<double>;

}  // namespace fusedmlp
