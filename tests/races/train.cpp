// A whole net trained and asked by a team under ThreadSanitizer: every kind of sharing that workers
// have, without Python in between.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "network/job.hpp"

using namespace fusedmlp;

namespace {

constexpr Index kRows = 420, kInputs = 24, kClasses = 10, kBatch = 200;

OpSpec dense(double units, const char* activation, bool blended) {
  return {"dense",
          {{"units", units},
           {"bias", 1.0},
           {"activation", std::string(activation)},
           {"params", std::vector<double>{}},
           {"scale", 1.0},
           {"blended", blended ? 1.0 : 0.0}}};
}

std::vector<OpSpec> dense_layers() {
  return {dense(160, "relu", false),       {"batch_norm", {{"momentum", 0.1}, {"eps", 1e-5}}},
          {"residual_begin", {}},          dense(160, "silu", true),
          {"layer_norm", {{"eps", 1e-5}}}, {"residual_end", {}},
          {"dropout", {{"p", 0.2}}},       dense(kClasses, "identity", false)};
}

// Categories in columns 0 and 1, numbers in the others. What a layer reads leaves its place, so
// that column 0 of a layer is the next one.
constexpr Index kCategories = 40, kKinds = 3;

std::vector<OpSpec> table_layers() {
  using Numbers = std::vector<double>;
  return {{"category_embedding",
           {{"columns", Numbers{0}}, {"sizes", Numbers{kCategories}}, {"dim", 8.0}}},
          {"one_hot",
           {{"columns", Numbers{0}},
            {"sizes", Numbers{kKinds}},
            {"skip_first", 0.0},
            {"off", Numbers(kKinds, 0.0)},
            {"on", Numbers(kKinds, 1.0)}}},
          {"periodic", {{"columns", Numbers{0, 1, 2}}, {"dim", 3.0}, {"frequencies", 16.0}}},
          {"scale", {}},
          dense(96, "gelu", true),
          dense(kClasses, "identity", false)};
}

// Numbers between -1 and 1, the same in each run.
float some(Index i) { return static_cast<float>(std::sin(12.9898 * static_cast<double>(i + 1))); }

// The gradient by the inputs, with running statistics and with the batch's own. What it does not
// write it must not read: the parameters' gradients begin as NaN.
std::vector<float> input_gradients(Network<float>& network, const Rows& x, float* grad,
                                   std::size_t size, int threads) {
  std::vector<float> y(kRows * kClasses), dy(kRows * kClasses), dx(2 * kRows * kInputs);
  for (std::size_t i = 0; i < dy.size(); ++i) dy[i] = some(static_cast<Index>(i));
  for (const bool training : {false, true}) {
    Pass<float> pass;
    pass.rows = kRows;
    pass.training = training;
    std::fill_n(grad, size, std::nanf(""));
    network.forward(pass, x, y.data(), threads);
    network.backward(pass, dy.data(), dx.data() + training * kRows * kInputs, threads);
  }
  return dx;
}

struct Result {
  std::vector<float> theta, outputs, gradients;
  double loss;
};

Result train(const std::vector<OpSpec>& layers, int threads, double max_norm) {
  std::vector<float> x(kRows * kInputs);
  std::vector<std::int64_t> y(kRows), order(kRows);
  for (Index i = 0; i < kRows * kInputs; ++i) x[static_cast<std::size_t>(i)] = some(i);
  for (Index i = 0; i < kRows; ++i) {
    y[static_cast<std::size_t>(i)] = i % kClasses;
    order[static_cast<std::size_t>(i)] = (i * 11) % kRows;
    x[static_cast<std::size_t>(i * kInputs)] = static_cast<float>(i % kCategories);
    x[static_cast<std::size_t>(i * kInputs + 1)] = static_cast<float>(i % kKinds);
  }
  const Plan<float> plan(kInputs, layers);
  const auto size = static_cast<std::size_t>(plan.num_parameters());
  const std::size_t room = size + kSlackBytes;
  AlignedArray<float> theta, grad;
  theta.reserve(room);
  grad.reserve(room);
  std::vector<float> buffers(static_cast<std::size_t>(plan.num_buffers()), 1.0f);
  std::vector<float> m(size), v(size), average(size);
  for (std::size_t i = 0; i < room; ++i) theta.data()[i] = 0.05f * some(static_cast<Index>(i));
  Network<float> network(kInputs, layers, {theta.data(), grad.data(), buffers.data()});

  Data data;
  data.x = dense_rows(x.data(), kInputs);
  data.target = dense_rows(y.data(), 1);
  data.count = kRows;
  data.classes = true;
  Objective<float> objective;
  objective.loss = find_loss<float>("cross_entropy");
  objective.params.assign(2, 0.0);
  OptimizerRun<float> adam;
  adam.optimizer = find_optimizer<float>("adamw");
  adam.hyper = {0.9, 0.999, 1e-8, 0.0, 0.0};
  adam.state[0] = m.data();
  adam.state[1] = v.data();
  std::vector<Segment> segments{{0, plan.num_parameters(), 1.0, 1.0}};
  JobSettings<float> settings;
  settings.batch_size = kBatch;
  settings.threads = threads;
  settings.max_norm = max_norm;
  settings.average = average.data();
  settings.seed = 7;
  const std::vector<double> rates(3, 0.01), moves(3, 0.5), decays(3, 0.01);
  Steps steps;
  steps.learning_rates = rates.data();
  steps.weight_decays = decays.data();
  steps.average_rates = moves.data();
  Job<float> job(network, data, objective,
                 std::make_unique<SegmentedOptimizer<float>>(adam, segments), settings);

  Result result;
  for (int epoch = 0; epoch < 2; ++epoch) {
    result.loss = job.epoch({order.data(), kRows}, steps, 0.0).loss_sum;
  }
  // Several threads ask at once, each with a team of its own.
  result.outputs.resize(kRows * kClasses);
  std::vector<float> again(kRows * kClasses);
  std::thread other([&] { network.predict(data.x, kRows, again.data(), threads); });
  network.predict(data.x, kRows, result.outputs.data(), threads);
  other.join();
  if (again != result.outputs) std::puts("two predictions differ");
  result.gradients = input_gradients(network, data.x, grad.data(), size, threads);
  result.theta.assign(theta.data(), theta.data() + size);
  return result;
}

}  // namespace

int main() {
  int wrong = 0;
  for (const auto& layers : {dense_layers(), table_layers()}) {
    for (const double max_norm : {0.0, 0.5}) {  // with and without the gradient as a whole
      const Result alone = train(layers, 1, max_norm), shared = train(layers, 4, max_norm);
      const std::size_t bytes = alone.theta.size() * sizeof(float);
      const bool same = std::memcmp(alone.theta.data(), shared.theta.data(), bytes) == 0 &&
                        alone.outputs == shared.outputs && alone.gradients == shared.gradients &&
                        std::isfinite(alone.loss);
      std::printf("%s first, clipping at %g: loss %.6f on one thread, %.6f on four, results %s\n",
                  layers[0].kind.c_str(), max_norm, alone.loss, shared.loss,
                  same ? "equal" : "NOT EQUAL");
      wrong += !same;
    }
  }
  return wrong;
}
