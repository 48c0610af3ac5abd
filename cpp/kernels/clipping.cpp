#include "kernels/clipping.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/vec.hpp"

namespace fusedmlp {

template <typename T>
double sum_of_squares_chunk(const T* g, Index n) {
  // A fixed number of partial sums, whatever the width of the machine's vectors.
  constexpr Index width = 32;
  double part[width] = {};
  Index i = 0;
  for (; i + width <= n; i += width) {
    for (Index k = 0; k < width; ++k) {
      const double x = static_cast<double>(g[i + k]);
      part[k] += x * x;
    }
  }
  for (Index k = 0; i < n; ++i, ++k) {
    const double x = static_cast<double>(g[i]);
    part[k] += x * x;
  }
  for (Index half = width / 2; half > 0; half /= 2) {
    for (Index k = 0; k < half; ++k) part[k] += part[k + half];
  }
  return part[0];
}

template <typename T>
void sum_of_squares_chunks(const T* g, Index n, Range chunks, double* sums) {
  for (Index c = chunks.begin; c < chunks.end; ++c) {
    const Index begin = c * norm_chunk;
    sums[c] = sum_of_squares_chunk(g + begin, std::min(norm_chunk, n - begin));
  }
}

double norm_of_chunks(const double* sums, Index count) {
  double total = 0.0;
  for (Index c = 0; c < count; ++c) total += sums[c];
  return std::sqrt(total);
}

template <typename T>
double gradient_norm(const T* g, Index n, double* sums, int threads) {
  const Index chunks = norm_chunks(n);
  parallel(threads_for(n, 65536, threads),
           [&](const Worker& worker) { sum_of_squares_chunks(g, n, worker.share(chunks), sums); });
  return norm_of_chunks(sums, chunks);
}

template <typename T>
void clip_values(T* g, Index n, T limit) {
  map(n, g, [=](Vec<T> x) { return clamp(x, -limit, limit); }, g);
}

template double sum_of_squares_chunk<float>(const float*, Index);
template double sum_of_squares_chunk<double>(const double*, Index);
template void sum_of_squares_chunks<float>(const float*, Index, Range, double*);
template void sum_of_squares_chunks<double>(const double*, Index, Range, double*);
template double gradient_norm<float>(const float*, Index, double*, int);
template double gradient_norm<double>(const double*, Index, double*, int);
template void clip_values<float>(float*, Index, float);
template void clip_values<double>(double*, Index, double);

}  // namespace fusedmlp
