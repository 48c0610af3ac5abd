"""What a model gives to other libraries and languages, as methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any

from ..checks.arrays import Array
from ..checks.numbers import choice, flag
from ..checks.paths import user_path
from ..model.passes import Passes
from ..saving.files import write_atomically

if TYPE_CHECKING:
    from .graph import Graph


class Exports(Passes):
    """Methods of :class:`Sequential`: what a trained network can be written as.

    Each imports its writer: all of them would take longer than the rest of the package.
    """

    def to_torch(self) -> Any:
        """Return the network as a PyTorch module in evaluation mode.

        Returns
        -------
        torch.nn.Sequential
            Of ``Linear``, activations, ``BatchNorm1d``, ``LayerNorm``, ``Dropout`` and small
            modules for what ``torch.nn`` lacks. A model with a table takes raw rows, see
            docs/exchange.md.

        Raises
        ------
        ImportError
            If PyTorch is not installed.
        ValueError
            If the model is not built, or holds NaN or infinity.

        Notes
        -----
        Weights are copied. Those of a Dense with ``weight_scale="ntk"`` hold the scale.
        """
        from .graph import graph_of
        from .to_torch import torch_module

        return torch_module(graph_of(self, "to_torch", fold=False), "to_torch")

    def to_c(
        self,
        path: str | PathLike[str],
        name: str = "model",
        dtype: str = "float32",
        int8: bool = False,
        *,
        rows: Any = None,
    ) -> None:
        """Write the network as C99 that is C++ too: no allocation, no library but math.h.

        Parameters
        ----------
        path : path-like
            A name in ``.h`` becomes one header to include; one in ``.c`` gets a header beside it.
        name : str, default "model"
            Begins the names of all functions: ``model_predict(const float *x, float *y)``.
        dtype : {"float32", "float64"}, default "float32"
            Type of numbers and arithmetic.
        int8 : bool, default False
            Store weights of products in 8 bits with a scale for each output: a quarter of the
            size, with about two digits.
        rows : array or table, optional
            Real rows, of which up to 8 and what the model gives for them become
            ``model_selftest()``. Rows are drawn without it.

        Raises
        ------
        ValueError, TypeError
            If the model is not built or holds NaN, or an argument is wrong.
        OSError
            If a file cannot be written; nothing is written half.

        Notes
        -----
        Batch norms become part of the products before them. A model of the command line takes raw
        rows of its table: scaling, categories, gaps and class names come along, see
        docs/exchange.md.
        """
        from .c_file import c_files
        from .c_text import checked_name
        from .files import write_files
        from .graph import graph_of
        from .quantized import quantized
        from .samples import sample_rows

        file = user_path(path, "to_c")
        if file.suffix not in (".h", ".c"):
            raise ValueError(f"to_c: path must end in .h or .c, got {str(path)!r}")
        name = checked_name(name, "to_c")
        dtype = choice(dtype, "to_c", "dtype", ("float32", "float64"))
        graph = graph_of(self, "to_c", fold=True)
        if flag(int8, "to_c", "int8"):
            graph = replace(graph, ops=quantized(graph.ops))
        sample = sample_rows(self, graph, rows, "to_c")
        write_files(c_files(graph, file, name, dtype, sample), "to_c")

    def to_onnx(
        self, path: str | PathLike[str], *, probabilities: bool = False, rows: Any = None
    ) -> None:
        """Write the network as an ONNX file of opset 20, with input "x" and output "y".

        Parameters
        ----------
        path : path-like
        probabilities : bool, default False
            Put a softmax behind the last layer.
        rows : array or table, optional
            Real rows for the test vectors in the file's metadata, see :meth:`to_c`.

        Raises
        ------
        ImportError
            If the package onnx is not installed: ``pip install "fusedmlp[onnx]"``.
        ValueError, TypeError, OSError
            As :meth:`to_c`.

        Notes
        -----
        The checker of ONNX passes the file before it is written. ONNX keeps parameters of
        activations in float32, those of a float64 model too.
        """
        from .graph import graph_of
        from .samples import sample_rows
        from .to_onnx import onnx_bytes

        file = user_path(path, "to_onnx")
        graph = graph_of(self, "to_onnx", fold=False)
        if flag(probabilities, "to_onnx", "probabilities"):
            graph = graph.with_softmax()
        sample = sample_rows(self, graph, rows, "to_onnx")
        write_atomically(file, onnx_bytes(graph, sample, "to_onnx"), "to_onnx")

    def to_numpy(self, path: str | PathLike[str], *, rows: Any = None) -> None:
        """Write the network as a Python file of plain NumPy, in the model's dtype.

        Parameters
        ----------
        path : path-like
            A name in ``.py``. ``predict(x)`` takes rows; as a script the file tests itself.
        rows : array or table, optional
            Real rows for the self-test, see :meth:`to_c`.

        Raises
        ------
        ValueError, TypeError, OSError
            As :meth:`to_c`.
        """
        from .to_numpy import numpy_text

        self._write_script(path, rows, "to_numpy", (".py",), numpy_text)

    def to_js(self, path: str | PathLike[str], *, rows: Any = None) -> None:
        """Write the network as an ES module, for browsers and Node; it computes in doubles.

        Parameters
        ----------
        path : path-like
            A name in ``.mjs`` or ``.js``. ``predict(x)`` takes a row; Node runs the file as a
            script that tests itself.
        rows : array or table, optional
            Real rows for the self-test, see :meth:`to_c`.

        Raises
        ------
        ValueError, TypeError, OSError
            As :meth:`to_c`.
        """
        from .to_js import js_text

        self._write_script(path, rows, "to_js", (".mjs", ".js"), js_text)

    def _write_script(
        self,
        path: str | PathLike[str],
        rows: Any,
        function: str,
        endings: tuple[str, ...],
        text: Callable[[Graph, Array], str],
    ) -> None:
        from .files import write_files
        from .graph import graph_of
        from .samples import sample_rows

        file = user_path(path, function)
        if file.suffix not in endings:
            raise ValueError(
                f"{function}: path must end in {' or '.join(endings)}, got {str(path)!r}"
            )
        graph = graph_of(self, function, fold=True)
        write_files({file: text(graph, sample_rows(self, graph, rows, function))}, function)

    def load_weights(
        self,
        path_or_dict: str | PathLike[str] | Mapping[str, Any],
        transpose: bool = False,
        *,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Set all parameters (and running statistics) from a state dict.

        Parameters
        ----------
        path_or_dict : path of a safetensors file, or dict of arrays or tensors
            Names of :meth:`parameters` and :meth:`statistics`, or others layer by layer in order:
            PyTorch counts activations among the layers. ``num_batches_tracked`` is ignored.
        transpose : bool, default False
            Whether weights are (outputs, inputs), as PyTorch has them.
        names : dict, optional
            What stands before the last point of their names, and our layer: ``{"fc1": "0"}``.
            Needed for files (which keep no order) whose names hold no numbers.

        Raises
        ------
        CheckpointError
            If the file is no safetensors file.
        ValueError
            If names, shapes or numbers do not fit; the model is then as it was.

        Examples
        --------
        >>> import numpy as np, fusedmlp as fm
        >>> model = fm.MLP([2, 3, 1], seed=0)
        >>> other = fm.MLP([2, 3, 1], seed=1)
        >>> model.load_weights(other.parameters())
        >>> bool((model.theta == other.theta).all())
        True
        """
        from .state_dicts import assign, read_state

        self._require_built("load_weights")
        transpose = flag(transpose, "load_weights", "transpose")
        arrays, ordered = read_state(path_or_dict, "load_weights", "path_or_dict")
        with self._exclusive("load_weights"):
            assign(self, arrays, ordered, transpose, names, "load_weights")
