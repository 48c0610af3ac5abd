// Threads: parallel.cpp alone includes omp.h and states OpenMP pragmas.
#pragma once

#include <atomic>
#include <type_traits>

#include "kernels/range.hpp"

namespace fusedmlp {

// Threads used by calls that do not say otherwise (OMP_NUM_THREADS, else the processors we may
// use).
int num_threads();
void set_num_threads(int n);

// Meets all workers of a team. Spins, then yields, so that more threads than cores do not collapse.
class Barrier {
 public:
  void wait(int count);

 private:
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<unsigned> phase_{0};
};

// One of the threads that run the same function side by side.
struct Worker {
  int id = 0;
  int count = 1;
  Barrier* meeting = nullptr;

  bool first() const { return id == 0; }
  void barrier() const {
    if (count > 1) meeting->wait(count);
  }
  // This worker's contiguous part of [0, n), cut at multiples of `grain`.
  Range share(Index n, Index grain = 1) const {
    if (count == 1) return {0, n};  // the divisions below would be a good part of a tiny net's step
    const Index pieces = (n + grain - 1) / grain;
    const auto cut = [&](Index k) { return k == count ? n : pieces * k / count * grain; };
    return {cut(id), cut(id + 1)};
  }
};

using WorkerBody = void (*)(void* context, const Worker& worker);

// Whole networks and optimizers run with denormals off, single functions on arrays keep them.
enum class Denormals { off, keep };

// Runs body on up to `threads` threads: fewer if fewer can be had, one in a forked child or inside
// another region. The body must not throw.
void run_team(int threads, Denormals denormals, WorkerBody body, void* context);

template <Denormals denormals = Denormals::off, typename F>
void parallel(int threads, F&& body) {
  using Body = std::remove_reference_t<F>;
  run_team(
      threads, denormals, [](void* context, const Worker& w) { (*static_cast<Body*>(context))(w); },
      &body);
}

// body(part) for parts of [0, n), cut at multiples of `grain`: functions on whole arrays.
template <typename F>
void parallel_parts(int threads, Index n, Index grain, F&& body) {
  parallel<Denormals::keep>(threads, [&](const Worker& worker) { body(worker.share(n, grain)); });
}

// Elements of one pass over arrays that are worth another thread.
inline constexpr Index kElementGrain = 16 * 1024;

// Starting a thread takes about a microsecond: below `grain` units of work for each, use fewer.
inline int threads_for(Index work, Index grain, int limit) {
  const Index useful = work / grain;
  return useful < 2 ? 1 : static_cast<int>(useful < limit ? useful : limit);
}

}  // namespace fusedmlp
