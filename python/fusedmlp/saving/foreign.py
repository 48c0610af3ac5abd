"""What to say about files of other programs where a model file was expected."""

from __future__ import annotations

from typing import Any

from ..checks import contents

_COPY = (
    "build the same layers with fm.Sequential and use model.load_weights, for PyTorch's weights "
    "with transpose=True"
)
_DATA = "a model file is what model.save or `fusedmlp train` wrote"
_ADVICE = {
    contents.TEXT: _DATA,
    contents.UTF16: _DATA,
    contents.UTF32: _DATA,
    contents.EXCEL: _DATA,
    contents.GZIP: "unpack it first: gunzip",
    contents.PICKLE: "a pickle can run code, so it is never read; open it with the program that "
    "wrote it, and save the model with model.save",
    contents.TORCH: f"read it with torch.load and use fm.from_torch, or {_COPY}",
    contents.KERAS: "read it with Keras and use fm.from_keras",
    contents.HDF5: "if it comes from Keras, read it with Keras and use fm.from_keras",
    contents.NUMPY: f"read it with numpy.load, {_COPY}",
}
_MOST_TENSORS = 3


def foreign(content: bytes) -> str | None:
    """Return what a file is and what to do with it; None if it is a damaged model or unknown."""
    kind = contents.content_kind(content)
    if kind is None or kind == contents.MODEL:
        return None
    if kind == contents.EMPTY:
        return "the file is empty"
    if kind == contents.SAFETENSORS:
        header = contents.safetensors_header(content)
        return None if header is None else _tensors(header)
    return f"it is {kind}; {_ADVICE.get(kind, _DATA)}"


def _tensors(header: dict[str, Any]) -> str:
    """Return the words for a safetensors file without a description of ours."""
    metadata = header.pop("__metadata__", None)
    written = metadata.get("format") if isinstance(metadata, dict) else None
    # The header is what somebody wrote: a shape may be anything.
    shapes = [
        f"{name} {tuple(item['shape'])}"
        for name, item in header.items()
        if isinstance(item, dict) and isinstance(item.get("shape"), list)
    ]
    listed = (
        f"with the tensors {', '.join(shapes[:_MOST_TENSORS])}" if shapes else "without tensors"
    )
    if len(shapes) > _MOST_TENSORS:
        listed += f" and {len(shapes) - _MOST_TENSORS} more"
    of_torch = " (PyTorch)" if written == "pt" else ""
    return (
        f"it is {contents.SAFETENSORS}{of_torch} {listed}, but without a description "
        f"of the layers; {_COPY}"
    )
