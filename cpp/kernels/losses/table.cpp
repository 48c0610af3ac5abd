// The table of losses.
#include "kernels/losses/pieces.hpp"
#include "kernels/parallel.hpp"

namespace fusedmlp {
namespace {

template <typename T, template <typename> class F>
void rows_of(const double* params, const LossRows<T>& block) {
  const F<T> formula(params);
  for_each_piece(block, [&](Index n, Index offset, Index, T* loss, T* slope) {
    map_formula(n, loss, slope, formula, block.pred + offset, block.target + offset);
  });
}

// Each column has its q: laid out once for all narrow rows of a piece, or piece by piece.
template <typename T>
void quantile_rows(const double* params, const LossRows<T>& block) {
  alignas(64) T q[kPiece];
  const Index cols = block.cols;
  if (cols <= kPiece) {
    const Index used = std::min(block.rows, kPiece / cols);
    for (Index i = 0; i < used; ++i)
      for (Index k = 0; k < cols; ++k) q[i * cols + k] = static_cast<T>(params[k]);
  }
  for_each_piece(block, [&](Index n, Index offset, Index column, T* loss, T* slope) {
    if (cols > kPiece)
      for (Index k = 0; k < n; ++k) q[k] = static_cast<T>(params[column + k]);
    map_formula(n, loss, slope, Quantile<T>{}, block.pred + offset, block.target + offset,
                static_cast<const T*>(q));
  });
}

// In the order of LOSSES in python/fusedmlp/core/catalogue.py.
template <typename T>
constexpr Loss<T> table[] = {
    {"mse", false, rows_of<T, Mse>},
    {"mae", false, rows_of<T, Mae>},
    {"huber", false, rows_of<T, Huber>},
    {"log_cosh", false, rows_of<T, LogCosh>},
    {"quantile", false, quantile_rows<T>},
    {"poisson_nll", false, rows_of<T, PoissonNll>},
    {"binary_cross_entropy", false, rows_of<T, BinaryCrossEntropy>},
    {"cross_entropy", true, cross_entropy_rows<T>},
    {"hinge", false, rows_of<T, Hinge>},
};

}  // namespace

template <typename T>
const Loss<T>* find_loss(std::string_view name) {
  for (const Loss<T>& loss : table<T>)
    if (name == loss.name) return &loss;
  return nullptr;
}

template <typename T>
void loss_all(const Loss<T>& loss, const double* params, const LossRows<T>& block, int threads) {
  const int team = threads_for(block.rows * block.cols, kElementGrain, threads);
  parallel_parts(team, block.rows, 1, [&](Range rows) {
    const auto at = [&](auto* p) { return p == nullptr ? nullptr : p + rows.begin * block.cols; };
    LossRows<T> part = block;
    part.pred = at(block.pred);
    part.target = at(block.target);
    part.dpred = at(block.dpred);
    if (block.classes != nullptr) part.classes = block.classes + rows.begin;
    part.rows = rows.size();
    part.row_scale += rows.begin;
    part.row_loss += rows.begin;
    loss.rows(params, part);
  });
}

template const Loss<float>* find_loss<float>(std::string_view);
template const Loss<double>* find_loss<double>(std::string_view);
template void loss_all<float>(const Loss<float>&, const double*, const LossRows<float>&, int);
template void loss_all<double>(const Loss<double>&, const double*, const LossRows<double>&, int);

}  // namespace fusedmlp
