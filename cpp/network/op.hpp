// One step of a network: a layer as the engine sees it.
#pragma once

#include <memory>

#include "kernels/parallel.hpp"
#include "network/op_spec.hpp"

namespace fusedmlp {

// The arrays of the whole network during one pass over a batch.
template <typename T>
struct Pass {
  Index rows = 0;
  bool training = false;
  std::uint64_t seed = 0, draw = 0;  // of the random streams
  double dropout = 1.0;              // factor of every dropout probability
  const T* theta = nullptr;
  T* grad = nullptr;
  T* buffers = nullptr;  // running statistics
};

// The arrays of one op: x and dx are (rows, in), y and dy (rows, out).
template <typename T>
struct Slot {
  const T* x = nullptr;
  T* y = nullptr;
  T* dx = nullptr;  // null where it is not needed
  T* dy = nullptr;  // backward may overwrite it
  T* saved = nullptr;
  T* partner = nullptr;  // the other end of a residual block: its value, or its gradient
};

// What becomes of gradients as soon as they are there, while they are still in cache.
template <typename T>
class Update {
 public:
  // g[0 .. size) are the gradients of theta[parameters.begin .. parameters.end).
  virtual void take(const T* g, Range parameters) const = 0;
  // Room for a strip of gradients that need not be kept; one for each worker.
  virtual T* strip(const Worker& worker) const = 0;
  static constexpr Index kStrip = 256 * 1024;

 protected:
  ~Update() = default;
};

template <typename T>
class Op {
 public:
  Op(Index in, Index out) : in(in), out(out) {}
  virtual ~Op() = default;

  const Index in, out;
  Index position = 0;  // among the ops: names its stream of random numbers
  Index num_parameters = 0, first_parameter = 0;
  Index num_buffers = 0, first_buffer = 0;

  // Elements of Slot::saved that a batch of `rows` needs between forward and backward.
  virtual Index saved_size(Index /*rows*/) const { return 0; }
  // Multiply-adds per row, forward; decides how many threads are worth waking.
  virtual Index work_per_row() const { return out; }

  // Whether a training batch of one row has no meaning (its variance is 0).
  virtual bool needs_batch() const { return false; }

  // Both passes run on every worker of the team, each on its own rows.
  virtual void forward(const Pass<T>&, const Slot<T>&, Range rows, const Worker&) const = 0;
  virtual void backward(const Pass<T>&, const Slot<T>&, Range rows, const Worker&) const = 0;
  // After a barrier, when dy of the whole batch is there: this worker's part of the gradients,
  // written to pass.grad. With an update, each finished piece is handed to it, and a large one may
  // skip pass.grad.
  virtual void parameter_gradients(const Pass<T>&, const Slot<T>&, const Worker&,
                                   const Update<T>* /*update*/) const {}

 protected:
  // Hands over the gradients of these columns of each vector of `in` parameters (gamma and beta).
  void take_columns(const Pass<T>& pass, Range columns, const Update<T>* update) const {
    if (update == nullptr) return;
    for (Index i = first_parameter; i < first_parameter + num_parameters; i += in) {
      update->take(pass.grad + i + columns.begin, {i + columns.begin, i + columns.end});
    }
  }
};

}  // namespace fusedmlp
