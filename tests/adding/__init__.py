"""One new activation, loss, optimizer and layer each, as edits to the files that they touch.

``tests/test_adding.py`` applies them to a copy of the sources. Each module has `NAME`, `EDITS`, the
C++ files to compile (`UNITS`), files of the suite that must find the name (`TESTS`), tests that
must hold with it (`WHOLE`), modules with its examples (`DOCTESTS`), and `check()`, which runs
inside the copy on the NumPy twin.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Edit:
    """Puts `text` into a file: after the last line that matches `after`, or before the last that
    matches `before`; without either the file is new.
    """

    path: str
    text: str
    after: str = ""
    before: str = ""

    def apply(self, root: Path) -> None:
        """Change the file below `root`."""
        path = root / self.path
        if not (self.after or self.before):
            assert not path.exists(), f"{self.path} exists already"
            path.write_text(self.text.lstrip("\n"), encoding="utf-8")
            return
        old = path.read_text(encoding="utf-8")
        found = list(re.finditer(self.after or self.before, old, re.MULTILINE))
        assert found, f"{self.path} has no line like {self.after or self.before!r}"
        at = found[-1].end() if self.after else found[-1].start()
        path.write_text(old[:at] + self.text + old[at:], encoding="utf-8")
