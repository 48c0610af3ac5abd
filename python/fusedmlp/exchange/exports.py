"""What a model can be written as for other libraries and languages, as methods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any

from ..checks.arrays import Array
from ..checks.numbers import choice, flag
from ..checks.paths import user_path
from ..saving.files import write_atomically

if TYPE_CHECKING:
    from .graph import Graph
    from .source import Source


class Exports:
    """Methods of models: what a trained one can be written as.

    Each imports its writer: all of them would take longer than the rest of the package.
    """

    def _source(self, function: str) -> Source:
        """Return what is exported; an error that begins with `function` if there is nothing."""
        raise TypeError(f"{type(self).__name__} defines no _source")

    def to_torch(self) -> Any:
        """Return the network as a PyTorch module in evaluation mode.

        Returns
        -------
        torch.nn.Sequential
            Of ``Linear``, activations, ``BatchNorm1d``, ``LayerNorm``, ``Dropout`` and small
            modules for what ``torch.nn`` lacks. A model of a table takes raw rows, in doubles if
            they are large, see docs/exchange.md.

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
        from .building import graph_of
        from .to_torch import torch_module

        source = self._source("to_torch")
        return torch_module(graph_of(source, "to_torch", fold=False), "to_torch")

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
        Batch norms become part of the products before them. A model of a table takes raw rows:
        scaling, categories, gaps and class names come along, and of an ensemble the mean over its
        members, see docs/exchange.md. In float32, ``model_predict_double`` takes a table's numbers
        as doubles: with floats a large one loses digits.
        """
        from .building import graph_of
        from .c_file import c_files
        from .c_text import checked_name
        from .files import write_files
        from .quantized import quantized
        from .samples import sample_rows

        file = user_path(path, "to_c")
        if file.suffix not in (".h", ".c"):
            raise ValueError(f"to_c: path must end in .h or .c, got {str(path)!r}")
        name = checked_name(name, "to_c")
        dtype = choice(dtype, "to_c", "dtype", ("float32", "float64"))
        source = self._source("to_c")
        graph = graph_of(source, "to_c", fold=True)
        if flag(int8, "to_c", "int8"):
            graph = replace(graph, ops=quantized(graph.ops))
        sample = sample_rows(source, graph, rows, "to_c")
        write_files(c_files(graph, file, name, dtype, sample), "to_c")

    def to_onnx(
        self, path: str | PathLike[str], *, probabilities: bool = False, rows: Any = None
    ) -> None:
        """Write the network as an ONNX file of opset 20, with input "x" and output "y".

        Parameters
        ----------
        path : path-like
        probabilities : bool, default False
            Let the outputs be probabilities: a softmax behind the last layer, of an ensemble the
            mean over its members, with one output two classes. Tables' ensembles give them anyway.
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
        activations in float32, those of a float64 model too. The input of a table is float64.
        """
        from .building import graph_of
        from .samples import sample_rows
        from .to_onnx import onnx_bytes

        file = user_path(path, "to_onnx")
        source = self._source("to_onnx")
        graph = graph_of(source, "to_onnx", fold=False)
        if flag(probabilities, "to_onnx", "probabilities"):
            graph = graph.with_probabilities("to_onnx")
        sample = sample_rows(source, graph, rows, "to_onnx")
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
        from .building import graph_of
        from .files import write_files
        from .samples import sample_rows

        file = user_path(path, function)
        if file.suffix not in endings:
            raise ValueError(
                f"{function}: path must end in {' or '.join(endings)}, got {str(path)!r}"
            )
        source = self._source(function)
        graph = graph_of(source, function, fold=True)
        write_files({file: text(graph, sample_rows(source, graph, rows, function))}, function)
