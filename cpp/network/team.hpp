// Many jobs side by side: one to a worker, the next one when it is done.
#pragma once

#include <functional>
#include <vector>

namespace fusedmlp {

// Runs every task once on up to `threads` threads. Inside a task everything runs on one thread, so
// its result has the bits of a run alone.
void run_side_by_side(const std::vector<std::function<void()>>& tasks, int threads);

}  // namespace fusedmlp
