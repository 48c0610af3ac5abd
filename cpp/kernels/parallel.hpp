// Threads: parallel.cpp alone includes omp.h and states OpenMP pragmas.
#pragma once

#include <algorithm>
#include <array>
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
  // Of the counters, the first `handed_out` begin anew.
  void wait(int count, int handed_out);

  // The next piece of each work that the team hands out between two waits.
  static constexpr int kCounters = 16;
  std::atomic<Index>& counter(int k) { return next_[static_cast<std::size_t>(k)]; }

 private:
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<unsigned> phase_{0};
  alignas(64) std::array<std::atomic<Index>, kCounters> next_{};
};

// One of the threads that run the same function side by side.
struct Worker {
  int id = 0;
  int count = 1;
  Barrier* meeting = nullptr;
  mutable int handed_out = 0;  // works of share_out since the last barrier

  bool first() const { return id == 0; }
  void barrier() const {
    if (count == 1) return;
    meeting->wait(count, handed_out);
    handed_out = 0;
  }
  // This worker's contiguous part of [0, n), cut at multiples of `grain`.
  Range share(Index n, Index grain = 1) const {
    if (count == 1) return {0, n};  // the divisions below would be a good part of a tiny net's step
    const Index pieces = (n + grain - 1) / grain;
    const auto cut = [&](Index k) { return k == count ? n : pieces * k / count * grain; };
    return {cut(id), cut(id + 1)};
  }
  // body(part) for parts that make up this worker's work on [0, n). Half of an even share is its
  // own; the rest goes in pieces to whoever is free, so that nobody waits for a slower processor.
  // Where there are few pieces the shares are even ones, cut at multiples of `grain`.
  template <typename F>
  void share_out(Index n, Index grain, Index piece, F&& body) const;
};

template <typename F>
void Worker::share_out(Index n, Index grain, Index piece, F&& body) const {
  if (count == 1) return body(Range{0, n});  // before any division, as in share
  const Index pieces = (n + piece - 1) / piece;
  if (pieces < 4 * count || handed_out == Barrier::kCounters) return body(share(n, grain));
  const auto part = [=](Index from, Index to) {
    return Range{from * piece, std::min(n, to * piece)};
  };
  const Index own = pieces / (2 * count), rest = pieces - own * count;
  // Four for each are enough, and large ones cost less.
  const Index together = std::max<Index>(1, rest / (4 * count));
  body(part(id * own, (id + 1) * own));
  std::atomic<Index>& next = meeting->counter(handed_out++);
  for (;;) {
    const Index from = own * count + next.fetch_add(together, std::memory_order_relaxed);
    if (from >= pieces) return;
    body(part(from, from + together));
  }
}

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
