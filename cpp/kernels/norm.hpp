// Layer norm and batch norm: y = gamma (x - mean) / sqrt(var + eps) + beta, with the statistics of
// each row, or of each column. Variances are means of squares (no n - 1) where they normalise.
#pragma once

#include "kernels/parallel.hpp"

namespace fusedmlp {

// stats[2 i] and stats[2 i + 1]: mean and 1 / sqrt(var + eps) of row i.
template <typename T>
void layer_norm_statistics(Index rows, Index columns, const T* x, double eps, T* stats);
// Fills stats, too.
template <typename T>
void layer_norm_forward(Index rows, Index columns, const T* x, const T* gamma, const T* beta,
                        double eps, T* stats, T* y);
template <typename T>
void layer_norm_backward(Index rows, Index columns, const T* dy, const T* x, const T* gamma,
                         const T* stats, T* dx);
// Columns `part` of both gradients, over the whole batch.
template <typename T>
void layer_norm_parameter_gradients(Index rows, Index columns, Range part, const T* dy, const T* x,
                                    const T* stats, T* dgamma, T* dbeta);

// Whole arrays on up to `threads` threads.
template <typename T>
void layer_norm_forward_all(Index rows, Index columns, const T* x, const T* gamma, const T* beta,
                            double eps, T* y, int threads);
template <typename T>
void layer_norm_backward_all(Index rows, Index columns, const T* dy, const T* x, const T* gamma,
                             double eps, T* dx, T* dgamma, T* dbeta, int threads);

// One batch through batch norm. All workers of a team call forward and backward, each with its
// rows; barriers inside stand where statistics of the whole batch are needed.
template <typename T>
struct BatchNorm {
  Index rows = 0, columns = 0;  // of the whole batch
  bool training = false;
  double momentum = 0.1, eps = 1e-5;
  const T* gamma = nullptr;
  const T* beta = nullptr;
  T* running_mean = nullptr;  // null: none, only where the batch's own are used
  T* running_var = nullptr;
  T* saved = nullptr;  // mean and variance of the batch, 2 * columns, between forward and backward

  // One row has no variance: even in training it is normalised with the running statistics, which
  // stay as they are.
  bool uses_batch() const { return training && rows > 1; }

  void forward(const T* x, T* y, Range mine, const Worker& worker) const;
  // forward's first half: fills `saved` and moves the running statistics, if the batch's are used.
  void batch_statistics(const T* x, const Worker& worker) const;
  // dx may be null; dgamma and dbeta are filled.
  void backward(const T* dy, const T* x, T* dx, T* dgamma, T* dbeta, Range mine,
                const Worker& worker) const;

 private:
  const T* mean() const { return uses_batch() ? saved : running_mean; }
  const T* var() const { return uses_batch() ? saved + columns : running_var; }
  void input_gradient_of_batch(const T* dy, const T* x, const T* dgamma, const T* dbeta, Range mine,
                               T* dx) const;
  void input_gradient_of_running(const T* dy, Range mine, T* dx) const;
};

// Whole arrays on up to `threads` threads; `saved` need not be given. backward takes the batch's
// own statistics again and leaves the running ones.
template <typename T>
void batch_norm_forward_all(BatchNorm<T> norm, const T* x, T* y, int threads);
template <typename T>
void batch_norm_backward_all(BatchNorm<T> norm, const T* dy, const T* x, T* dx, T* dgamma, T* dbeta,
                             int threads);

}  // namespace fusedmlp
