"""What a session is asked to do beside the messages of its page, and what it begins with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..sequential import Sequential
from .protocol import Message
from .settings import Settings
from .sheet import Sheet


@dataclass(frozen=True)
class Beginning:
    """What a session begins with."""

    settings: Settings = field(default_factory=Settings)
    sheet: Sheet | None = None
    model: Sequential | None = None


@dataclass(frozen=True)
class Upload:
    """A CSV file of the page, the name it has there, and the column to learn ("": choose one)."""

    path: Path
    name: str
    target: str = ""


@dataclass(frozen=True)
class Download:
    """A wish for a file: "model", "start" (the first weights) or "data"."""

    what: str


@dataclass(frozen=True)
class Close:
    """The tab has gone."""


Order = Message | Upload | Download | Close
Reply = dict[str, Any] | bytes | None
