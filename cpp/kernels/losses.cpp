#include "kernels/losses.hpp"

#include "kernels/losses_math.hpp"

namespace fusedmlp {
namespace {

// The formulas: v receives the loss of each element, g its derivative by the prediction x.

struct Mse {
  template <typename T>
  EIGEN_STRONG_INLINE void operator()(const Packet<T>& x, const Packet<T>& t, Packet<T>& v,
                                      Packet<T>& g) const {
    const Packet<T> d = simd::psub(x, t);
    v = simd::pmul(d, d);
    g = simd::padd(d, d);
  }
};

struct Mae {
  template <typename T>
  EIGEN_STRONG_INLINE void operator()(const Packet<T>& x, const Packet<T>& t, Packet<T>& v,
                                      Packet<T>& g) const {
    const Packet<T> d = simd::psub(x, t), zero = simd::set(T(0));
    v = simd::pabs(d);
    // 0 and NaN pass through.
    g = simd::pselect(simd::pcmp_lt(zero, d), simd::set(T(1)), d);
    g = simd::pselect(simd::pcmp_lt(d, zero), simd::set(T(-1)), g);
  }
};

// With c = d cut to [-delta, delta]: |c| (|d| - |c|/2) is d^2/2 inside and linear outside.
struct Huber {
  double delta;
  template <typename T>
  EIGEN_STRONG_INLINE void operator()(const Packet<T>& x, const Packet<T>& t, Packet<T>& v,
                                      Packet<T>& g) const {
    const Packet<T> high = simd::set(static_cast<T>(delta)), low = simd::pnegate(high);
    const Packet<T> d = simd::psub(x, t);
    g = simd::pselect(simd::pcmp_lt(high, d), high, d);
    g = simd::pselect(simd::pcmp_lt(d, low), low, g);
    const Packet<T> c = simd::pabs(g);
    v = simd::pmul(c, simd::pmadd(c, simd::set(T(-0.5)), simd::pabs(d)));
  }
};

// log(cosh d). Near 0 through cosh d - 1 = m^2 / (2 (1 + m)) with m = exp(-|d|) - 1, elsewhere
// |d| + log1p(exp(-2|d|)) - log 2: neither cancels where it is used.
struct LogCosh {
  template <typename T>
  EIGEN_STRONG_INLINE void operator()(const Packet<T>& x, const Packet<T>& t, Packet<T>& v,
                                      Packet<T>& g) const {
    const Packet<T> one = simd::set(T(1)), zero = simd::set(T(0));
    const Packet<T> d = simd::psub(x, t), size = simd::pabs(d);
    const Packet<T> m = loss_math::expm1<T>(simd::pnegate(size));
    const Packet<T> e = simd::padd(one, m), e2 = simd::pmul(e, e);
    const Packet<T> small = simd::pcmp_lt(size, one);
    const Packet<T> cosh1 = simd::pdiv(simd::pmul(m, m), simd::padd(e, e));
    const Packet<T> far = simd::psub(size, simd::set(static_cast<T>(loss_math::kLog2)));
    v = simd::padd(loss_math::log1p<T>(simd::pselect(small, cosh1, e2)),
                   simd::pselect(small, zero, far));
    const Packet<T> tanh =
        simd::pdiv(simd::pmul(m, simd::padd(simd::set(T(2)), m)), simd::padd(one, e2));
    g = simd::pselect(simd::pcmp_lt(d, zero), tanh, simd::pnegate(tanh));
  }
};

// exp(x) - t x; t = 0 counts no x at all, not even an infinite one.
struct PoissonNll {
  template <typename T>
  EIGEN_STRONG_INLINE void operator()(const Packet<T>& x, const Packet<T>& t, Packet<T>& v,
                                      Packet<T>& g) const {
    const Packet<T> zero = simd::set(T(0));
    const Packet<T> rate = loss_math::exp<T>(x);
    const Packet<T> tx = simd::pselect(simd::pcmp_eq(t, zero), zero, simd::pmul(t, x));
    v = simd::psub(rate, tx);
    g = simd::psub(rate, t);
  }
};

// max(x, 0) - x t + log1p(exp(-|x|)), written c |x| + log1p(exp(-|x|)) with c = 1 - t for x >= 0
// and t for x < 0: no cancellation for a confident right answer, nor in sigmoid(x) - t.
struct BinaryCrossEntropy {
  template <typename T>
  EIGEN_STRONG_INLINE void operator()(const Packet<T>& x, const Packet<T>& t, Packet<T>& v,
                                      Packet<T>& g) const {
    const Packet<T> one = simd::set(T(1)), zero = simd::set(T(0));
    const Packet<T> negative = simd::pcmp_lt(x, zero), size = simd::pabs(x);
    const Packet<T> c = simd::pselect(negative, t, simd::psub(one, t));
    const Packet<T> e = loss_math::exp<T>(simd::pnegate(size));
    const Packet<T> linear = simd::pselect(simd::pcmp_eq(c, zero), zero, simd::pmul(c, size));
    v = simd::padd(linear, loss_math::log1p<T>(e));
    const Packet<T> rest = simd::psub(c, simd::pdiv(e, simd::padd(one, e)));
    g = simd::pselect(negative, simd::pnegate(rest), rest);
  }
};

struct Hinge {
  template <typename T>
  EIGEN_STRONG_INLINE void operator()(const Packet<T>& x, const Packet<T>& t, Packet<T>& v,
                                      Packet<T>& g) const {
    const Packet<T> zero = simd::set(T(0));
    const Packet<T> margin = simd::psub(simd::set(T(1)), simd::pmul(t, x));
    const Packet<T> met = simd::pcmp_le(margin, zero);
    v = simd::pselect(met, zero, margin);
    g = simd::pselect(met, zero, simd::pnegate(t));
  }
};

// d = t - x: q d above the prediction, (q - 1) d below it; 0 where they meet.
struct Quantile {
  template <typename T>
  EIGEN_STRONG_INLINE void operator()(const Packet<T>& x, const Packet<T>& t, const Packet<T>& q,
                                      Packet<T>& v, Packet<T>& g) const {
    const Packet<T> zero = simd::set(T(0));
    const Packet<T> d = simd::psub(x, t);
    const Packet<T> below = simd::psub(simd::set(T(1)), q);
    g = simd::pselect(simd::pcmp_lt(zero, d), below, d);
    g = simd::pselect(simd::pcmp_lt(d, zero), simd::pnegate(q), g);
    v = simd::pselect(simd::pcmp_eq(d, zero), zero, simd::pmul(g, d));
  }
};

// The loops. Elements are taken in pieces that stay in the L1 cache: many narrow rows or a part of
// a wide one, so that packets are full for any number of columns.
constexpr Index kPiece = 512;

template <typename T, typename F, typename... In>
EIGEN_STRONG_INLINE void map_pair(Index n, T* value, T* grad, const F& f, const In*... in) {
  Packet<T> v, g;
  Index i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) {
    f.template operator()<T>(simd::load(in + i)..., v, g);
    simd::store(value + i, v);
    simd::store(grad + i, g);
  }
  if (i < n) {
    f.template operator()<T>(simd::load_part(in + i, n - i)..., v, g);
    simd::store_part(value + i, v, n - i);
    simd::store_part(grad + i, g, n - i);
  }
}

// evaluate(n, offset, column, value, grad) fills n elements from `offset`, whose first is in
// `column`.
template <typename T, typename Evaluate>
EIGEN_STRONG_INLINE void for_each_piece(const LossRows<T>& block, Evaluate&& evaluate) {
  alignas(64) T value[kPiece], grad[kPiece];
  const Index cols = block.cols, width = std::min(cols, kPiece);
  const Index step = std::max<Index>(1, kPiece / cols);
  const double divisor = static_cast<double>(cols);
  loss_math::LaneSum sum;
  for (Index row = 0; row < block.rows; row += step) {
    const Index rows = std::min(step, block.rows - row);
    for (Index j = 0; j < cols; j += width) {
      const Index w = std::min(width, cols - j), offset = row * cols + j;
      T* g = block.dpred ? block.dpred + offset : grad;
      evaluate(rows * w, offset, j, value, g);
      const double* scale = block.row_scale + row;
      double* loss = block.row_loss + row;
      if (cols == 1) {
        for (Index i = 0; i < rows; ++i) loss[i] = static_cast<double>(value[i]);
        if (block.dpred)
          for (Index i = 0; i < rows; ++i) g[i] *= static_cast<T>(scale[i]);
        continue;
      }
      for (Index i = 0; i < rows; ++i) {
        if (j == 0) sum = {};
        sum.add(value + i * w, w);
        if (j + w == cols) loss[i] = sum.total() / divisor;
        if (!block.dpred) continue;
        const T factor = static_cast<T>(scale[i] / divisor);
        for (Index k = 0; k < w; ++k) g[i * w + k] *= factor;
      }
    }
  }
}

template <typename T, typename F>
void rows_of(const F& formula, const LossRows<T>& block) {
  for_each_piece(block, [&](Index n, Index offset, Index, T* value, T* grad) {
    map_pair(n, value, grad, formula, block.pred + offset, block.target + offset);
  });
}

template <typename T, typename F>
void plain_rows(const double*, const LossRows<T>& block) {
  rows_of(F{}, block);
}

template <typename T>
void huber_rows(const double* params, const LossRows<T>& block) {
  rows_of(Huber{params[0]}, block);
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
  for_each_piece(block, [&](Index n, Index offset, Index column, T* value, T* grad) {
    if (cols > kPiece)
      for (Index k = 0; k < n; ++k) q[k] = static_cast<T>(params[column + k]);
    map_pair(n, value, grad, Quantile{}, block.pred + offset, block.target + offset,
             static_cast<const T*>(q));
  });
}

template <typename T>
constexpr Loss<T> kLosses[] = {
    {"mse", false, plain_rows<T, Mse>},
    {"mae", false, plain_rows<T, Mae>},
    {"huber", false, huber_rows<T>},
    {"log_cosh", false, plain_rows<T, LogCosh>},
    {"quantile", false, quantile_rows<T>},
    {"poisson_nll", false, plain_rows<T, PoissonNll>},
    {"binary_cross_entropy", false, plain_rows<T, BinaryCrossEntropy>},
    {"cross_entropy", true, cross_entropy_rows<T>},
    {"hinge", false, plain_rows<T, Hinge>},
};

}  // namespace

template <typename T>
const Loss<T>* find_loss(std::string_view name) {
  for (const Loss<T>& loss : kLosses<T>)
    if (name == loss.name) return &loss;
  return nullptr;
}

template const Loss<float>* find_loss<float>(std::string_view);
template const Loss<double>* find_loss<double>(std::string_view);

}  // namespace fusedmlp
