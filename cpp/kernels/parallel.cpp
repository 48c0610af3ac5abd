#include "kernels/parallel.hpp"

#include <thread>

#include "kernels/denormals.hpp"

#ifdef _OPENMP
#include <omp.h>
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif
#endif

namespace fusedmlp {
namespace {

std::atomic<int> chosen_threads{0};

void cpu_pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

#ifdef _OPENMP
// After fork() the parent's OpenMP threads do not exist in the child, but libgomp waits for them.
std::atomic<bool> forked_after_threads{false};

void watch_forks() {
#if defined(__unix__) || defined(__APPLE__)
  static const int registered =
      pthread_atfork(nullptr, nullptr, [] { forked_after_threads.store(true); });
  (void)registered;
#endif
}
#endif

}  // namespace

int num_threads() {
  int n = chosen_threads.load(std::memory_order_relaxed);
  if (n > 0) return n;
#ifdef _OPENMP
  n = omp_get_max_threads();
#else
  n = 1;
#endif
  chosen_threads.store(n, std::memory_order_relaxed);
  return n;
}

void set_num_threads(int n) { chosen_threads.store(n < 1 ? 1 : n, std::memory_order_relaxed); }

void Barrier::wait(int count, int handed_out) {
  const unsigned phase = phase_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == count) {
    arrived_.store(0, std::memory_order_relaxed);
    for (int k = 0; k < handed_out; ++k) counter(k).store(0, std::memory_order_relaxed);
    phase_.store(phase + 1, std::memory_order_release);
    return;
  }
  for (int spins = 0; phase_.load(std::memory_order_acquire) == phase; ++spins) {
    if (spins < 1000) {
      cpu_pause();
    } else {
      std::this_thread::yield();
    }
  }
}

void run_team(int threads, Denormals denormals, WorkerBody body, void* context) {
  const auto run = [&](const Worker& worker) {
    if (denormals == Denormals::keep) return body(context, worker);
    const DenormalsOff guard;
    body(context, worker);
  };
#ifdef _OPENMP
  if (threads > 1 && !forked_after_threads.load() && !omp_in_parallel()) {
    watch_forks();
    Barrier meeting;
#pragma omp parallel num_threads(threads)
    run(Worker{omp_get_thread_num(), omp_get_num_threads(), &meeting});
    return;
  }
#endif
  (void)threads;
  run(Worker{});
}

}  // namespace fusedmlp
