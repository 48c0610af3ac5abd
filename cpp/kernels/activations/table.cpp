// The table of activations and the loops that carry the functors over arrays.
#include <algorithm>
#include <type_traits>
#include <utility>

#include "kernels/activations.hpp"
#include "kernels/activations/functors.hpp"
#include "kernels/parallel.hpp"

namespace fusedmlp {
namespace {

template <typename T, template <typename> class F, typename = void>
inline constexpr bool works_from_output = false;

template <typename T, template <typename> class F>
inline constexpr bool works_from_output<
    T, F, std::void_t<decltype(std::declval<F<T>>().derivative_from_output(Vec<T>()))>> = true;

// map with two packets in flight: the chain of one packet is long, the core is wide. The elements'
// bits stay those of map.
template <typename T, typename F, typename... In>
void map_interleaved(Index n, T* out, F f, const In*... in) {
  constexpr Index step = 2 * lanes<T>;
  Index i = 0;
  for (; i + step <= n; i += step) {
    const Vec<T> first = f(Vec<T>::load(in + i)...);
    const Vec<T> second = f(Vec<T>::load(in + i + lanes<T>)...);
    first.store(out + i);
    second.store(out + i + lanes<T>);
  }
  for (; i < n; i += lanes<T>) {
    const Index count = std::min(lanes<T>, n - i);
    f(Vec<T>::load_part(in + i, count)...).store_part(out + i, count);
  }
}

// `flatten` inlines a functor whole, whatever its size; the constants then stay in registers.
template <typename T, template <typename> class F>
[[gnu::flatten]] void forward(const double* params, const T* x, T* y, Index n) {
  const F<T> f(params);
  map_interleaved(n, y, [f](Vec<T> v) { return f.forward(v); }, x);
}

template <typename T, template <typename> class F>
[[gnu::flatten]] void backward_from_input(const F<T>& f, const T* dy, const T* x, T* dx, Index n) {
  map_interleaved(n, dx, [f](Vec<T> g, Vec<T> v) { return g * f.derivative(v); }, dy, x);
}

template <typename T, template <typename> class F>
[[gnu::flatten]] void backward_from_output(const F<T>& f, const T* dy, const T* y, T* dx, Index n) {
  map_interleaved(
      n, dx, [f](Vec<T> g, Vec<T> v) { return g * f.derivative_from_output(v); }, dy, y);
}

template <typename T, template <typename> class F>
void backward(const double* params, const T* dy, const T* x, const T* y, T* dx, Index n) {
  const F<T> f(params);
  if constexpr (works_from_output<T, F>) {
    if (y != nullptr) return backward_from_output<T, F>(f, dy, y, dx, n);
  }
  backward_from_input<T, F>(f, dy, x, dx, n);
}

template <typename T, template <typename> class F>
constexpr Activation<T> row(const char* name) {
  return {name, works_from_output<T, F>, std::is_same_v<F<T>, Identity<T>>, &forward<T, F>,
          &backward<T, F>};
}

// Elements that are worth another thread, and where they are cut.
constexpr Index kGrain = 32 * 1024, kCut = 1024;

// In the order of ACTIVATIONS in python/fusedmlp/core/catalogue.py.
template <typename T>
constexpr Activation<T> table[] = {
    row<T, Identity>("identity"),
    row<T, Sigmoid>("sigmoid"),
    row<T, Tanh>("tanh"),
    row<T, Relu>("relu"),
    row<T, LeakyRelu>("leaky_relu"),
    row<T, Elu>("elu"),
    row<T, Selu>("selu"),
    row<T, Celu>("celu"),
    row<T, Softplus>("softplus"),
    row<T, Softsign>("softsign"),
    row<T, Gelu>("gelu"),
    row<T, GeluTanh>("gelu_tanh"),
    row<T, Silu>("silu"),
    row<T, Mish>("mish"),
    row<T, Hardtanh>("hardtanh"),
    row<T, Relu6>("relu6"),
    row<T, Hardsigmoid>("hardsigmoid"),
    row<T, Hardswish>("hardswish"),
};

}  // namespace

template <typename T>
const Activation<T>* find_activation(std::string_view name) {
  for (const Activation<T>& line : table<T>) {
    if (name == line.name) return &line;
  }
  return nullptr;
}

template <typename T>
void activation_forward_all(const Activation<T>& activation, const double* params, const T* x, T* y,
                            Index n, int threads) {
  parallel_parts(threads_for(n, kGrain, threads), n, kCut, [&](Range part) {
    activation.forward(params, x + part.begin, y + part.begin, part.size());
  });
}

template <typename T>
void activation_backward_all(const Activation<T>& activation, const double* params, const T* dy,
                             const T* x, const T* y, T* dx, Index n, int threads) {
  parallel_parts(threads_for(n, kGrain, threads), n, kCut, [&](Range part) {
    const auto at = [&](const T* p) { return p == nullptr ? nullptr : p + part.begin; };
    activation.backward(params, at(dy), at(x), at(y), dx + part.begin, part.size());
  });
}

template const Activation<float>* find_activation<float>(std::string_view);
template const Activation<double>* find_activation<double>(std::string_view);
template void activation_forward_all<float>(const Activation<float>&, const double*, const float*,
                                            float*, Index, int);
template void activation_forward_all<double>(const Activation<double>&, const double*,
                                             const double*, double*, Index, int);
template void activation_backward_all<float>(const Activation<float>&, const double*, const float*,
                                             const float*, const float*, float*, Index, int);
template void activation_backward_all<double>(const Activation<double>&, const double*,
                                              const double*, const double*, const double*, double*,
                                              Index, int);

}  // namespace fusedmlp
