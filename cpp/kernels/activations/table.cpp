// The table of activations and the loops that carry the functors over arrays.
#include <algorithm>
#include <type_traits>
#include <utility>

#include "kernels/activations.hpp"
#include "kernels/activations/functors.hpp"

namespace fusedmlp {
namespace {

template <typename T, template <typename> class F, typename = void>
inline constexpr bool works_from_output = false;

template <typename T, template <typename> class F>
inline constexpr bool works_from_output<
    T, F, std::void_t<decltype(std::declval<F<T>>().derivative_from_output(Packet<T>()))>> = true;

// simd::map with two packets in flight: the chain of one packet is long, the core is wide. The
// elements' bits stay those of simd::map.
template <typename T, typename F, typename... In>
void map_interleaved(Index n, T* out, F f, const In*... in) {
  constexpr Index step = 2 * lanes<T>;
  Index i = 0;
  for (; i + step <= n; i += step) {
    const Packet<T> first = f(simd::load(in + i)...);
    const Packet<T> second = f(simd::load(in + i + lanes<T>)...);
    simd::store(out + i, first);
    simd::store(out + i + lanes<T>, second);
  }
  for (; i < n; i += lanes<T>) {
    const Index count = std::min(lanes<T>, n - i);
    simd::store_part(out + i, f(simd::load_part(in + i, count)...), count);
  }
}

// `flatten` inlines a functor whole, whatever its size; the constants then stay in registers.
template <typename T, template <typename> class F>
[[gnu::flatten]] void forward(const double* params, const T* x, T* y, Index n) {
  const F<T> f(params);
  map_interleaved(n, y, [f](const Packet<T>& v) { return f.forward(v).p; }, x);
}

template <typename T, template <typename> class F>
[[gnu::flatten]] void backward_from_input(const F<T>& f, const T* dy, const T* x, T* dx, Index n) {
  using P = Packet<T>;
  map_interleaved(
      n, dx, [f](const P& g, const P& v) { return simd::pmul(g, f.derivative(v).p); }, dy, x);
}

template <typename T, template <typename> class F>
[[gnu::flatten]] void backward_from_output(const F<T>& f, const T* dy, const T* y, T* dx, Index n) {
  using P = Packet<T>;
  map_interleaved(
      n, dx, [f](const P& g, const P& v) { return simd::pmul(g, f.derivative_from_output(v).p); },
      dy, y);
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
  return {name, works_from_output<T, F>, &forward<T, F>, &backward<T, F>};
}

// In the order of ACTIVATIONS in python/fusedmlp/core/catalogue/.
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

template const Activation<float>* find_activation<float>(std::string_view);
template const Activation<double>* find_activation<double>(std::string_view);

std::vector<std::string_view> activation_names() {
  std::vector<std::string_view> names;
  for (const Activation<float>& line : table<float>) names.push_back(line.name);
  return names;
}

}  // namespace fusedmlp
