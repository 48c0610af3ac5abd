"""Arrays of other libraries that NumPy cannot read, or reads wrongly: a sentence with the fix.

Nothing is imported: a type says by its module where it comes from.
"""

from __future__ import annotations

from typing import Any


def refuse_foreign(value: Any, function: str, argument: str) -> None:
    """Raise TypeError for a tensor or sparse matrix that has to be converted first."""
    home = {cls.__module__.partition(".")[0] for cls in type(value).__mro__}
    if "torch" in home and hasattr(value, "requires_grad"):
        _refuse_tensor(value, function, argument)
    elif home & {"scipy", "sparse", "cupyx"} and hasattr(value, "nnz"):
        convert = "toarray" if hasattr(value, "toarray") else "todense"
        raise TypeError(
            f"{function}: {argument} is a sparse matrix ({type(value).__name__}); layers are "
            f"dense: pass {argument}.{convert}()"
        )


def _refuse_tensor(tensor: Any, function: str, argument: str) -> None:
    what, fix = [], str(argument)
    if tensor.device.type == "meta":
        raise TypeError(
            f"{function}: {argument} is a torch tensor on the meta device, which holds no numbers; "
            "pass a tensor with data"
        )
    if tensor.requires_grad:
        what.append("requires grad")
        fix += ".detach()"
    if str(tensor.layout) != "torch.strided":
        what.append(f"is sparse ({tensor.layout})")
        fix += ".to_dense()"
    if tensor.device.type != "cpu":
        what.append(f"lies on the device {tensor.device}")
        fix += ".cpu()"
    kind = str(tensor.dtype).removeprefix("torch.")
    if kind.startswith(("bfloat16", "float8", "float4")):
        what.append(f"is {kind}, which NumPy does not know")
        fix += ".float()"
    elif getattr(tensor, "is_quantized", False):
        what.append("is quantized")
        fix += ".dequantize()"
    if what:
        raise TypeError(
            f"{function}: {argument} is a torch tensor that {' and '.join(what)}; pass {fix}"
        )
