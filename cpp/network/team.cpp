#include "network/team.hpp"

#include <algorithm>
#include <atomic>

#include "kernels/parallel.hpp"

namespace fusedmlp {

void run_side_by_side(const std::vector<std::function<void()>>& tasks, int threads) {
  std::atomic<std::size_t> next{0};
  const int team = std::min(threads, static_cast<int>(tasks.size()));
  parallel(team, [&](const Worker&) {
    for (std::size_t i = next++; i < tasks.size(); i = next++) tasks[i]();
  });
}

}  // namespace fusedmlp
