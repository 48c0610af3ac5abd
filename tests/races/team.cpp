// Barrier and team under ThreadSanitizer: what workers write before a barrier, all may read after
// it.

#include <cstdio>
#include <thread>
#include <vector>

#include "kernels/parallel.hpp"

using namespace fusedmlp;

namespace {

constexpr int kThreads = 4, kRounds = 200;

// Each round: everybody writes its own number, reads those of all others, and writes again.
long rounds_of_a_team(int rounds) {
  std::vector<long> numbers(kThreads), sums(kThreads);
  parallel(kThreads, [&](const Worker& worker) {
    for (int r = 0; r < rounds; ++r) {
      numbers[static_cast<std::size_t>(worker.id)] = r + worker.id;
      worker.barrier();
      for (int k = 0; k < worker.count; ++k) {
        sums[static_cast<std::size_t>(worker.id)] += numbers[static_cast<std::size_t>(k)];
      }
      worker.barrier();
    }
  });
  long total = 0;
  for (const long sum : sums) total += sum;
  return total;
}

// What one region wrote the next one reads on another thread: their ends are barriers, too.
long regions_in_turn() {
  std::vector<long> values(1000), mirrored(1000);
  for (int r = 0; r < kRounds; ++r) {
    parallel_parts(kThreads, 1000, 8, [&](Range part) {
      for (Index i = part.begin; i < part.end; ++i) {
        values[static_cast<std::size_t>(i)] = mirrored[static_cast<std::size_t>(999 - i)] + 1;
      }
    });
    mirrored.swap(values);
  }
  long total = 0;
  for (const long value : mirrored) total += value;
  return total;
}

// Pieces that are handed out: one worker takes what another wrote before the barrier.
long pieces_in_turn() {
  std::vector<long> values(1000), mirrored(1000);
  parallel(kThreads, [&](const Worker& worker) {
    for (int r = 0; r < kRounds; ++r) {
      // Two works between barriers have counters of their own.
      worker.share_out(1000, 8, 16, [&](Range part) {
        for (Index i = part.begin; i < part.end; ++i) {
          values[static_cast<std::size_t>(i)] = mirrored[static_cast<std::size_t>(999 - i)] + 1;
        }
      });
      worker.barrier();
      worker.share_out(500, 8, 16, [&](Range part) {
        for (Index i = part.begin; i < part.end; ++i)
          mirrored[static_cast<std::size_t>(i)] = values[static_cast<std::size_t>(i)];
      });
      worker.share_out(500, 8, 16, [&](Range part) {
        for (Index i = 500 + part.begin; i < 500 + part.end; ++i)
          mirrored[static_cast<std::size_t>(i)] = values[static_cast<std::size_t>(i)];
      });
      worker.barrier();
    }
  });
  long total = 0;
  for (const long value : mirrored) total += value;
  return total;
}

}  // namespace

int main() {
  long wanted = 0;
  for (long r = 0; r < kRounds; ++r) wanted += kThreads * (kThreads * r + 6);
  // Two teams at once, as two Python threads make them.
  long first = 0, second = 0;
  std::thread other([&] { first = rounds_of_a_team(kRounds); });
  second = rounds_of_a_team(kRounds);
  other.join();
  const long regions = regions_in_turn();
  const long pieces = pieces_in_turn();
  std::printf("%ld and %ld of %ld, regions %ld and pieces %ld of %d\n", first, second, wanted,
              regions, pieces, 1000 * kRounds);
  return first == wanted && second == wanted && regions == 1000 * kRounds &&
                 pieces == 1000 * kRounds
             ? 0
             : 1;
}
