"""Writes the address of the project's repository where an index page needs it.

    python tools/set_address.py https://example.org/owner/fusedmlp   # once, before the first upload
    python tools/set_address.py --check                              # exit with 1 if there is none

Until there is a public repository there is no address, and none is invented. Given one, the links
of the project's page ([project.urls] in pyproject.toml) are written, and the relative links and
pictures of README.md, which lead nowhere on an index page, become absolute.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = {"Source": "", "Issues": "/issues", "Changelog": "/blob/main/CHANGELOG.md"}
LINK = re.compile(r"(!?\[[^\]]*\])\((?!https?:|#)([^)\s]+)\)")


def urls(address: str) -> str:
    """Return the table of links for pyproject.toml."""
    lines = [f'{name} = "{address}{path}"' for name, path in PAGES.items()]
    return "\n".join(["[project.urls]", *lines, "", ""])


def with_urls(text: str, address: str) -> str:
    """Return pyproject.toml with the links, in place of those it had."""
    text = re.sub(r"\[project\.urls\]\n(?:.+\n)*\n", "", text)
    return text.replace("[project.scripts]", urls(address) + "[project.scripts]", 1)


def with_links(text: str, address: str) -> str:
    """Return a page whose links work wherever it is shown."""

    def absolute(match: re.Match[str]) -> str:
        kind = "raw" if match[1].startswith("!") else "blob"
        return f"{match[1]}({address}/{kind}/main/{match[2]})"

    return LINK.sub(absolute, text)


def main() -> int:
    """Check for an address, or write the one given."""
    project, readme = ROOT / "pyproject.toml", ROOT / "README.md"
    (argument,) = sys.argv[1:] or ["--check"]
    if argument == "--check":
        missing = "[project.urls]" not in project.read_text(encoding="utf-8")
        if missing:
            print("there is no address yet: python tools/set_address.py https://...")
        return int(missing)
    if not re.fullmatch(r"https://[\w.-]+(?:/[\w.-]+)+", argument):
        raise SystemExit(f"set_address: an https address of a repository is wanted, got {argument}")
    for path, new in ((project, with_urls), (readme, with_links)):
        path.write_text(new(path.read_text(encoding="utf-8"), argument), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
