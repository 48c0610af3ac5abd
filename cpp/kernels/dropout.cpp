#include "kernels/dropout.hpp"

#include <algorithm>

#include "kernels/parallel.hpp"

namespace fusedmlp {
namespace {

// Random numbers drawn at a time: 8 blocks of four.
constexpr int kBlocks = 8;
constexpr Index kNumbers = 4 * kBlocks;
// Where threads are cut: the masks of two threads share no cache line.
constexpr Index kCut = 64;

// All is dropped for p = 1: nothing is left to grow.
template <typename T>
T scale_of(double p) {
  return p < 1.0 ? static_cast<T>(1.0 / (1.0 - p)) : T(0);
}

}  // namespace

template <typename T>
void dropout_forward(double p, const MaskSource& source, Index first, Index n, const T* x, T* y,
                     bool* mask) {
  const T scale = scale_of<T>(p);
  const bool all = p >= 1.0;
  const auto threshold = static_cast<std::uint32_t>(all ? 0.0 : p * 4294967296.0);
  std::uint32_t bits[kNumbers];
  for (Index chunk = first / kNumbers * kNumbers; chunk < first + n; chunk += kNumbers) {
    philox_blocks<kBlocks>(source.seed, source.stream, source.draw,
                           static_cast<std::uint32_t>(chunk / 4), bits);
    const Index begin = std::max(chunk, first) - first;
    const Index end = std::min(chunk + kNumbers, first + n) - first;
    const std::uint32_t* drawn = bits + (begin + first - chunk);
    for (Index i = begin; i < end; ++i) {
      const bool kept = drawn[i - begin] >= threshold && !all;
      mask[i] = kept;
      // A product, not a choice: NaN stays visible.
      y[i] = x[i] * (kept ? scale : T(0));
    }
  }
}

template <typename T>
void dropout_backward(double p, Index n, const T* dy, const bool* mask, T* dx) {
  const T scale = scale_of<T>(p);
  for (Index i = 0; i < n; ++i) dx[i] = dy[i] * (mask[i] ? scale : T(0));
}

template <typename T>
void dropout_forward_all(double p, const MaskSource& source, Index n, const T* x, T* y, bool* mask,
                         int threads) {
  parallel_parts(threads_for(n, kElementGrain, threads), n, kCut, [&](Range part) {
    const Index first = part.begin;
    dropout_forward(p, source, first, part.size(), x + first, y + first, mask + first);
  });
}

template <typename T>
void dropout_backward_all(double p, Index n, const T* dy, const bool* mask, T* dx, int threads) {
  parallel_parts(threads_for(n, kElementGrain, threads), n, kCut, [&](Range part) {
    const Index first = part.begin;
    dropout_backward(p, part.size(), dy + first, mask + first, dx + first);
  });
}

template void dropout_forward<float>(double, const MaskSource&, Index, Index, const float*, float*,
                                     bool*);
template void dropout_forward<double>(double, const MaskSource&, Index, Index, const double*,
                                      double*, bool*);
template void dropout_backward<float>(double, Index, const float*, const bool*, float*);
template void dropout_backward<double>(double, Index, const double*, const bool*, double*);
template void dropout_forward_all<float>(double, const MaskSource&, Index, const float*, float*,
                                         bool*, int);
template void dropout_forward_all<double>(double, const MaskSource&, Index, const double*, double*,
                                          bool*, int);
template void dropout_backward_all<float>(double, Index, const float*, const bool*, float*, int);
template void dropout_backward_all<double>(double, Index, const double*, const bool*, double*, int);

}  // namespace fusedmlp
