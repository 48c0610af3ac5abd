"""The numbers of a model: how they are laid out, first drawn, viewed by name and pickled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array, float_array
from ..checks.numbers import choice, integer
from ..checks.seeds import resolve_seed
from ..core import backend
from ..core.exceptions import BusyError
from ..core.memory import aligned_zeros
from ..core.records import Segment
from ..core.seeds import layer_generator
from ..layers import Chain, Layer, Op, Tensor, chain

if TYPE_CHECKING:
    from ..core._core import Core, Network

_DTYPES = ("float32", "float64")


class Parameters:
    """Layers, flat arrays with views, and the engine's handle; the lowest part of a model."""

    # What belongs to this process, or is made again from the layers (descriptions hold functions).
    _transient: ClassVar[tuple[str, ...]] = (
        "_handle", "_busy", "_last_rows", "_built", "_parameters", "_buffers", "_segments",
    )  # fmt: skip

    def _set_up(self, layers: tuple[Layer, ...], dtype: Any, seed: Any) -> None:
        """Everything but the arrays."""
        if isinstance(dtype, (type, np.dtype)):
            dtype = np.dtype(dtype).name
        self.layers = layers
        self.dtype: str = choice(dtype, "Sequential", "dtype", _DTYPES)
        self.seed: int = resolve_seed(seed, "Sequential")
        self.metadata: dict[str, Any] = {}
        self.epochs_trained = 0
        self.steps_trained = 0
        self.in_features: int | None = None
        self._busy = threading.Lock()
        self._handle: tuple[Core, Network] | None = None
        self._last_rows: int | None = None

    def build(self, in_features: int) -> None:
        """Fix the number of inputs, allocate the parameters and draw their first values.

        Parameters
        ----------
        in_features : int

        Raises
        ------
        ValueError
            If the model is already built for another number of inputs.
        """
        in_features = integer(in_features, "Sequential.build", "in_features", low=1)
        if self.in_features is not None:
            if in_features != self.in_features:
                raise ValueError(
                    f"Sequential.build: the model is built for {self.in_features} inputs, "
                    f"got {in_features}"
                )
            return
        self._plan(in_features)
        try:
            self._allocate()
            for part, tensors in ((self.theta, self._parameters), (self.buffers, self._buffers)):
                offset = 0
                for k, tensor in enumerate(tensors.values()):
                    rng = layer_generator(self.seed, k)
                    part[offset : offset + tensor.size] = tensor.fill(rng).ravel()
                    offset += tensor.size
        except BaseException:  # no memory, or an initializer of the user's own
            self.in_features = None
            raise

    def planned(self, in_features: int) -> Chain:
        """Return what the layers become for so many inputs; the model stays as it is."""
        if self.in_features == in_features:
            return self._built
        return chain(self.layers, in_features, "Sequential")

    def _plan(self, in_features: int) -> None:
        """Lay out layers for `in_features` inputs; nothing of the model changes before the end."""
        built = chain(self.layers, in_features, "Sequential")
        self._built = built
        self._parameters = {t.name: t for t in built.parameters}
        self._buffers = {t.name: t for t in built.buffers}
        self._segments = tuple(_segments(built.parameters))
        self.in_features, self._out_features = in_features, built.out_features

    def _allocate(self) -> None:
        size = sum(t.size for t in self._parameters.values())
        self._theta = aligned_zeros(size, self.dtype)
        self._grad = aligned_zeros(size, self.dtype)
        self.buffers: Array = aligned_zeros(sum(t.size for t in self._buffers.values()), self.dtype)

    def _require_built(self, what: str) -> None:
        if self.in_features is None:
            raise ValueError(
                f"{what}: the model is not built yet: pass in_features=..., call build(n), or "
                "fit or forward first"
            )

    @property
    def _network(self) -> Network:
        """The engine's handle, made when first needed for the backend in use."""
        core = backend.core
        if self._handle is None or self._handle[0] is not core:
            assert self.in_features is not None
            ops = [op.spec for op in self._built.ops]
            network = core.network(
                self.dtype, self.in_features, ops, self._theta, self._grad, self.buffers
            )
            self._handle = (core, network)
            self._last_rows = None
        return self._handle[1]

    @property
    def theta(self) -> Array:
        """All parameters as one flat array; a view: writing to it changes the model."""
        self._require_built("theta")
        return self._theta

    @theta.setter
    def theta(self, values: ArrayLike) -> None:
        self.theta[...] = float_array(values, "theta", "theta", dtype=self.dtype)

    @property
    def grad(self) -> Array:
        """Gradients in the order of ``theta``, filled by :meth:`backward`."""
        self._require_built("grad")
        return self._grad

    @property
    def num_parameters(self) -> int:
        """Number of trained parameters."""
        return int(self.theta.size)

    @property
    def out_features(self) -> int:
        """Number of outputs."""
        self._require_built("out_features")
        return self._out_features

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Stretches of ``theta`` with their factors of learning rate and weight decay; biases and
        norm parameters have a decay factor of 0."""
        self._require_built("segments")
        return self._segments

    def parameters(self) -> dict[str, Array]:
        """Return views of all parameters: "0.weight" (in, out), "0.bias" (out,), ...

        Examples
        --------
        >>> import fusedmlp as fm
        >>> {k: v.shape for k, v in fm.MLP([2, 3, 1], seed=0).parameters().items()}
        {'0.weight': (2, 3), '0.bias': (3,), '1.weight': (3, 1), '1.bias': (1,)}
        """
        return _views(self.theta, self._parameters)

    def gradients(self) -> dict[str, Array]:
        """Return views of all gradients under the names of :meth:`parameters`."""
        return _views(self.grad, self._parameters)

    def statistics(self) -> dict[str, Array]:
        """Return views of ``buffers`` by name (running statistics of the norm layers)."""
        self._require_built("statistics")
        return _views(self.buffers, self._buffers)

    @property
    def ops(self) -> tuple[Op, ...]:
        """The operations of the engine that the layers have become, in order."""
        self._require_built("ops")
        return tuple(self._built.ops)

    def values_before(self, k: int, x: Array) -> Array:
        """Return what operation `k` gets for exact rows `x`, in inference."""
        self._require_built("values_before")
        assert self.in_features is not None
        # The first operations alone are a network whose arrays come first.
        ops = self._built.ops[:k]
        size = sum(t.size for op in ops for t in op.parameters)
        statistics = sum(t.size for op in ops for t in op.buffers)
        network = backend.core.network(
            self.dtype,
            self.in_features,
            [op.spec for op in ops],
            self._theta[:size],
            None,
            self.buffers[:statistics],
        )
        y = np.empty((len(x), network.out_features), self.dtype)
        network.predict(x, y, 1)
        return y

    def zero_grad(self) -> None:
        """Set all gradients to zero. (:meth:`backward` overwrites them anyway.)"""
        self.grad.fill(0)

    def _exclusive(self, what: str) -> _Exclusive:
        return _Exclusive(self._busy, what)

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        for name in self._transient:
            state.pop(name, None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._busy, self._handle, self._last_rows = threading.Lock(), None, None
        if self.in_features is not None:
            theta, grad, buffers = self._theta, self._grad, self.buffers
            self._plan(self.in_features)
            self._allocate()
            self._theta[:], self._grad[:], self.buffers[:] = theta, grad, buffers


class _Exclusive:
    """Holds the model's training memory for one thread, or says that it is taken."""

    def __init__(self, lock: Any, what: str) -> None:
        self._lock, self._what = lock, what

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise BusyError(f"{self._what}: the model is in use by a fit or pass in another thread")

    def __exit__(self, *error: object) -> None:
        self._lock.release()


def _segments(tensors: list[Tensor]) -> Iterator[Segment]:
    offset = 0
    for tensor in tensors:
        yield Segment(offset, offset + tensor.size, tensor.lr_scale, tensor.decay_scale)
        offset += tensor.size


def _views(flat: Array, tensors: dict[str, Tensor]) -> dict[str, Array]:
    views, offset = {}, 0
    for name, tensor in tensors.items():
        views[name] = flat[offset : offset + tensor.size].reshape(tensor.shape)
        offset += tensor.size
    return views
