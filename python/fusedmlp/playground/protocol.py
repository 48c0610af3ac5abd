"""What page and server say to each other; README.md in this folder lists it.

Messages to the server are JSON texts with a "type". What cannot be one is a :class:`MessageError`,
whose text the page shows.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..checks.numbers import choice, integer, number
from ..core.catalogue import ACTIVATIONS
from .limits import HALF_WIDTH, RACERS
from .settings import Settings


class MessageError(ValueError):
    """A message that makes no sense; the text says why."""


@dataclass(frozen=True)
class Configure:
    """Change settings; a change of data or net begins anew."""

    changes: dict[str, Any]


@dataclass(frozen=True)
class Play:
    """Train until told otherwise."""


@dataclass(frozen=True)
class Pause:
    """Stop training."""


@dataclass(frozen=True)
class StepBatch:
    """Train one batch."""


@dataclass(frozen=True)
class StepEpoch:
    """Train one epoch."""


@dataclass(frozen=True)
class Reset:
    """Go back to the first weights."""


@dataclass(frozen=True)
class Edit:
    """Set a weight, or without `row` a bias, of the drawn layer `layer`."""

    layer: int
    row: int | None
    column: int
    value: float


@dataclass(frozen=True)
class Race:
    """Train nets with these changes of the settings side by side."""

    entries: list[dict[str, Any]]


@dataclass(frozen=True)
class EndRace:
    """Back to the one net."""


@dataclass(frozen=True)
class Trace:
    """Follow a sample, the one nearest to `point`, through the net and back."""

    point: tuple[float, float]


@dataclass(frozen=True)
class Explore:
    """Give an activation as a curve."""

    name: str


@dataclass(frozen=True)
class Script:
    """Give what was done as Python."""


@dataclass(frozen=True)
class Seen:
    """The last frame is drawn, the next one is welcome."""


Message = (
    Configure | Play | Pause | StepBatch | StepEpoch | Reset | Edit | Race | EndRace | Trace
    | Explore | Script | Seen
)  # fmt: skip
MESSAGES: dict[str, type[Any]] = {
    "configure": Configure, "play": Play, "pause": Pause, "step_batch": StepBatch,
    "step_epoch": StepEpoch, "reset": Reset, "edit": Edit, "race": Race, "end_race": EndRace,
    "trace": Trace, "explore": Explore, "script": Script, "seen": Seen,
}  # fmt: skip
RACED = ("optimizer", "learning_rate", "momentum", "activation", "batch_size", "weight_decay")


def parse(text: str | bytes) -> Message:
    """Return the message of a JSON text.

    Raises
    ------
    MessageError
        If it is none.

    Examples
    --------
    >>> from fusedmlp.playground.protocol import parse
    >>> parse('{"type": "explore", "name": "relu"}')
    Explore(name='relu')
    """
    if not isinstance(text, str):
        raise MessageError("a message must be text, got bytes")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"a message must be JSON: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("type"), str):
        raise MessageError('a message must be an object with a "type"')
    kind = found.pop("type")
    if kind not in MESSAGES:
        raise MessageError(f"a message must be one of {', '.join(MESSAGES)}, got {kind[:50]!r}")
    cls = MESSAGES[kind]
    wanted = {field.name for field in fields(cls)}
    if set(found) != wanted:
        raise MessageError(
            f"{kind}: must have {', '.join(sorted(wanted)) or 'nothing'} beside its type, got "
            f"{', '.join(sorted(found))[:200] or 'nothing'}"
        )
    try:
        checked: Message = cls(**{name: _CHECKS[name](v, kind) for name, v in found.items()})
    except (ValueError, TypeError, OverflowError) as error:
        raise MessageError(str(error)) from error
    return checked


def _changes(value: Any, kind: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{kind}: changes must be an object, got {type(value).__name__}")
    return value


def _entries(value: Any, kind: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not 2 <= len(value) <= RACERS:
        raise ValueError(f"{kind}: entries must be a list of 2 to {RACERS} objects")
    for entry in value:
        unknown = sorted(set(_changes(entry, kind)) - set(RACED))
        if unknown:
            raise ValueError(f"{kind}: racers may differ in {', '.join(RACED)}, not {unknown[0]!r}")
    return value


def _point(value: Any, kind: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{kind}: point must be [x1, x2], got {str(value)[:50]}")
    x, y = (number(v, kind, "point", low=-HALF_WIDTH, high=HALF_WIDTH) for v in value)
    return x, y


_CHECKS: Mapping[str, Any] = {
    "changes": _changes,
    "entries": _entries,
    "point": _point,
    "name": lambda v, kind: choice(v, kind, "name", tuple(ACTIVATIONS)),
    "layer": lambda v, kind: integer(v, kind, "layer"),
    "row": lambda v, kind: None if v is None else integer(v, kind, "row"),
    "column": lambda v, kind: integer(v, kind, "column"),
    "value": lambda v, kind: number(v, kind, "value", low=-1e6, high=1e6),
}


# To the page.


def text_of(message: Mapping[str, Any]) -> str:
    """Return a message as JSON; what is not finite becomes null."""
    return json.dumps(_finite(message), allow_nan=False, separators=(",", ":"))


def frame_of(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> bytes:
    """Return a frame: the length of the header, the header, then each array's bytes in turn.

    The length is 4 bytes, least significant first; the header is JSON, padded with blanks to a
    multiple of 4, and says of each array its name, "u1" or "f4", and shape. Every array is padded
    with zeros to a multiple of 4.

    Examples
    --------
    >>> import numpy as np
    >>> from fusedmlp.playground.protocol import frame_of
    >>> frame_of({"a": 1}, {"b": np.zeros(2, np.uint8)})
    b'$\\x00\\x00\\x00{"a":1,"arrays":[["b","u1",[2]]]}   \\x00\\x00\\x00\\x00'
    """
    listed = [[name, array.dtype.str[1:], list(array.shape)] for name, array in arrays.items()]
    head = text_of({**header, "arrays": listed}).encode()
    head += b" " * (-len(head) % 4)
    parts = [struct.pack("<I", len(head)), head]
    for array in arrays.values():
        parts.append(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes())
        parts.append(b"\0" * (-array.nbytes % 4))
    return b"".join(parts)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def entry_settings(base: Settings, entry: Mapping[str, Any]) -> Settings:
    """Return the settings of a racer; "activation" is that of every hidden layer."""
    changes = dict(entry)
    if "activation" in changes:
        changes["activations"] = [changes.pop("activation")] * len(base.hidden)
    return base.changed(changes)
