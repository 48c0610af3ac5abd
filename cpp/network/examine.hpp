// Numbers that tell how a fit goes: spread of the inputs, range of each unit, size of the steps.
#pragma once

#include <array>
#include <vector>

#include "network/network.hpp"

namespace fusedmlp {

// Root mean square and standard deviation of each column of x (rows, columns).
template <typename T>
void column_spread(const T* x, Index rows, Index columns, double* root_mean_square,
                   double* deviation);

// The smallest and the largest element of each column.
template <typename T>
void column_range(const T* x, Index rows, Index columns, T* low, T* high);

// Euclidean norms of `before` and of theta - before in a range, from at most `most` of its
// elements, evenly spaced.
template <typename T>
std::array<double, 2> moved(const T* theta, const T* before, Range range, Index most);

}  // namespace fusedmlp
