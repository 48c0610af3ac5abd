"""Draws the edits of docs/adding.md from tests/adding/, which applies and tests the same edits.

python tools/draw_adding.py            rewrite the edits in the page
python tools/draw_adding.py --check    exit with 1 if the page is out of date
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "adding.md"
KINDS = ("activation", "loss", "optimizer", "layer")
LANGUAGES = {".hpp": "cpp", ".cpp": "cpp", ".py": "python"}


def where(edit: Any) -> str:
    """Return in words where the text of an edit goes."""
    if edit.after == r"\Z":
        return ", at its end"
    if edit.after or edit.before:
        word = "after" if edit.after else "before"
        return f", {word} the last place that matches `` {edit.after or edit.before} ``"
    return ", a new file"


def one_edit(number: int, edit: Any) -> str:
    """Return an edit in Markdown."""
    code = textwrap.dedent(edit.text).strip("\n")
    language = LANGUAGES[Path(edit.path).suffix]
    return f"{number}. `{edit.path}`{where(edit)}:\n\n```{language}\n{code}\n```\n"


def edits(kind: str) -> str:
    """Return all edits of a kind, and the check that they pass."""
    one = importlib.import_module(f"adding.{kind}")
    parts = [one_edit(number, edit) for number, edit in enumerate(one.EDITS, 1)]
    check = inspect.getsource(one.check).strip()
    return "\n".join([*parts, "What must hold afterwards:\n", f"```python\n{check}\n```"])


def page(text: str) -> str:
    """Return the page with the edits written anew."""
    for kind in KINDS:
        begin, end = f"<!-- edits of tests/adding/{kind}.py -->", "<!-- end -->"
        before, _, rest = text.partition(begin)
        after = rest.partition(end)[2]
        if not after:
            raise ValueError(f"{PAGE} has no place for the edits of {kind}: {begin} ... {end}")
        text = f"{before}{begin}\n{edits(kind)}\n{end}{after}"
    return re.sub(r"[ \t]+\n", "\n", text)


def main() -> int:
    sys.path.insert(0, str(ROOT / "tests"))
    text = PAGE.read_text(encoding="utf-8")
    new = page(text)
    if "--check" in sys.argv:
        return int(new != text)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
