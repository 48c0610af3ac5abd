// The GIL, given back while kernels run and taken again for what is Python's.
//
// Once the interpreter is being torn down, Python ends every other thread that asks for the GIL, by
// pthread_exit; its unwinding through noexcept frames and OpenMP regions would abort the process.
// Such a thread sleeps here until the process is gone, as Python does itself from 3.14 on.
#pragma once

#include <pybind11/pybind11.h>

#include <chrono>
#include <optional>
#include <thread>
#ifdef __GLIBCXX__
#include <cxxabi.h>
#endif

namespace fusedmlp {

namespace py = pybind11;

// call(), inside of which Python may end this thread. No object comes with that, which a sanitizer
// takes for a null reference.
template <typename F>
__attribute__((no_sanitize("null"))) auto or_sleep(F&& call) -> decltype(call()) {
#ifdef __GLIBCXX__
  try {
    return call();
  } catch (abi::__forced_unwind&) {
    for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
  }
#else
  return call();
#endif
}

// Without the GIL from here to the end of the block.
class GilReleased {
 public:
  GilReleased() : state_(PyEval_SaveThread()) {}
  ~GilReleased() {
    or_sleep([this] { PyEval_RestoreThread(state_); });
  }
  GilReleased(const GilReleased&) = delete;
  GilReleased& operator=(const GilReleased&) = delete;

 private:
  PyThreadState* state_;
};

// call() with the GIL.
template <typename F>
auto with_gil(F&& call) -> decltype(call()) {
  std::optional<py::gil_scoped_acquire> acquire;
  or_sleep([&] { acquire.emplace(); });
  return or_sleep(call);
}

}  // namespace fusedmlp
