"""Draws the folders of docs/architecture.md from the imports and includes of the sources.

python tools/draw_architecture.py            rewrite the drawing in the page
python tools/draw_architecture.py --check    exit with 1 if the page is out of date
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGE, CPP = ROOT / "python" / "fusedmlp", ROOT / "cpp"
BEGIN, END = "<!-- drawn by tools/draw_architecture.py -->", "<!-- end of the drawing -->"


def room(path: Path) -> str:
    """Return the folder or module of the package that `path` belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Return the rooms that a file imports, inside functions and for types included."""
    package = path.relative_to(PACKAGE).parent.parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            full = [*base, *(node.module.split(".") if node.module else [])]
            found.update([full[0]] if full else [alias.name for alias in node.names])
    return found


def python_rooms() -> dict[str, tuple[str, set[str]]]:
    """Return what each room says it is for, and the rooms it imports."""
    rooms: dict[str, tuple[str, set[str]]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = room(path)
        if name.startswith("__"):
            continue
        purpose, known = rooms.get(name, ("", set()))
        if path.parent == PACKAGE or path == PACKAGE / name / "__init__.py":
            docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
            purpose = docstring.split("\n\n")[0].replace("\n", " ")
        rooms[name] = purpose, known | imports(path)
    return {
        name: (purpose, (known & set(rooms)) - {name}) for name, (purpose, known) in rooms.items()
    }


def in_order(rooms: dict[str, tuple[str, set[str]]]) -> list[str]:
    """Return the rooms so that each comes after those it knows; a circle is an error."""
    order: list[str] = []
    while len(order) < len(rooms):
        ready = [n for n, (_, known) in rooms.items() if n not in order and known <= set(order)]
        if not ready:
            raise SystemExit(f"circle of imports among {sorted(set(rooms) - set(order))}")
        order += sorted(ready)
    return order


def cpp_rooms() -> dict[str, set[str]]:
    """Return which folders of cpp/ each of them includes."""
    rooms = {}
    for folder in sorted(p for p in CPP.iterdir() if p.is_dir()):
        text = "".join(p.read_text() for p in folder.rglob("*.[hc]pp"))
        found = {name.split("/")[0] for name in re.findall(r'#include "([^"]+/[^"]+)"', text)}
        rooms[folder.name] = found - {folder.name}
    return rooms


def drawing() -> str:
    """Return the two tables."""
    rooms = python_rooms()
    lines = ["| in `python/fusedmlp/` | what it is for | knows |", "|---|---|---|"]
    for name in in_order(rooms):
        purpose, known = rooms[name]
        file = name if (PACKAGE / name).is_dir() else f"{name}.py"
        lines.append(f"| `{file}` | {purpose} | {', '.join(sorted(known)) or '-'} |")
    lines += ["", "| in `cpp/` | includes |", "|---|---|"]
    for name, known in sorted(cpp_rooms().items(), key=lambda item: len(item[1])):
        lines.append(f"| `{name}/` | {', '.join(sorted(known)) or '-'} |")
    return "\n".join(lines)


def main() -> int:
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    new = f"{before}{BEGIN}\n{drawing()}\n{END}{after}"
    if "--check" in sys.argv:
        return int(new != text)
    PAGE.write_text(new)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
