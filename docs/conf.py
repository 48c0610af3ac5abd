"""Sphinx: docs/building.md says how the pages are built."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS))

import reference  # noqa: E402

import fusedmlp  # noqa: E402

project = "fusedmlp"
author = copyright = "The fusedmlp developers"
version = release = fusedmlp.__version__

extensions = [
    "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "myst_parser",
]  # fmt: skip
templates_path = ["templates"]
exclude_patterns = ["templates"]
# Pages are read on the spot, without the internet: no intersphinx, no fonts from elsewhere.
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"  # docstrings state the types in words
autodoc_member_order = "groupwise"
numpydoc_show_class_members = False  # the template shows them, once

html_theme = "pydata_sphinx_theme"
html_title = f"fusedmlp {version}"
html_static_path = ["static"]
html_css_files = ["fusedmlp.css"]
html_copy_source = html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": True,
    "header_links_before_dropdown": 6,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": [], "start": [], "gallery": []}

# Names of other libraries, and of Python, that docstrings may mention.
nitpick_ignore_regex = [("py:.*", r"(numpy|sklearn|scipy|torch|pandas|matplotlib)\..*")]

# Files of the repository that are no pages are named, not linked.
_OUTSIDE = re.compile(r"(!?)\[([^\]]+)\]\((?:\.\./)?((?!https?:)[\w./<>-]+?)(#[\w-]+)?\)")
_PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md",
          "cpp/README.md": "cpp.md"}  # fmt: skip


def _relink(text: str) -> str:
    """Return Markdown whose relative links lead to pages; on GitHub they lead to files."""

    def one(found: re.Match[str]) -> str:
        image, words, path, anchor = found.groups()
        path = path.removeprefix("docs/")
        if image or (DOCS / path).is_file():
            return f"{image}[{words}]({path}{anchor or ''})"
        if path in _PAGES:
            return f"[{words}]({_PAGES[path]}{anchor or ''})"
        if (DOCS.parent / path).exists():
            return f"`{path}`"
        return found[0]

    return _OUTSIDE.sub(one, text)


def _read(app: Any, name: str, source: list[str]) -> None:
    if not name.startswith("api/"):
        source[0] = _relink(source[0])


def _read_included(app: Any, path: Path, name: str, source: list[str]) -> None:
    source[0] = _relink(source[0])


def _public_name(target: str) -> str | None:
    """Return the documented name of what a docstring calls fm.X or by its module."""
    target = re.sub(r"^fm\.", "fusedmlp.", target)
    parts = target.split(".")
    for end in range(len(parts), 0, -1):
        try:
            thing: Any = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        for part in parts[end:]:
            thing = getattr(thing, part, None)
        return _NAMES.get(id(thing), target)
    return None


def _named() -> dict[int, str]:
    found = {}
    for page in reference.pages():
        for names in page.tables.values():
            for name in names:
                module, _, last = name.rpartition(".")
                found[id(getattr(importlib.import_module(module), last))] = name
    return found


_NAMES = _named()


def _missing(app: Any, env: Any, node: Any, content: Any) -> Any:
    """Resolve what docstrings call ``fm.Dense`` or by the module that it lives in."""
    target = node.get("reftarget", "")
    if node.get("refdomain") != "py" or not target.startswith(("fm.", "fusedmlp.")):
        return None
    name = _public_name(target)
    if name is None or name == target:
        return None
    domain = env.get_domain("py")
    return domain.resolve_xref(
        env, node["refdoc"], app.builder, node["reftype"], name, node, content
    )


def setup(app: Any) -> None:
    """Write the pages of the reference, then connect what turns links into links of pages."""
    reference.write(DOCS / "api")
    app.connect("source-read", _read)
    app.connect("include-read", _read_included)
    app.connect("missing-reference", _missing)
