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
numpydoc_class_members_toctree = False
default_role = "code"  # `x` in docstrings

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

# Where a name without a module is looked for.
_PLACES = ("fusedmlp.", "fusedmlp.functional.")
# Links of the Markdown files; on GitHub they lead to files.
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
        # Sources become downloads; MyST has no place for folders and for pages outside.
        outside = DOCS.parent / path
        named = outside.is_dir() or (outside.suffix == ".md" and outside.exists())
        return f"`{path}`" if named else found[0]

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
        return None if thing is None else _NAMES.get(id(thing), target)
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
_ESCAPED = re.compile(r"""\||(?<=\w)_(?=[\s,.;:)"']|$)""")


def _missing(app: Any, env: Any, node: Any, content: Any) -> Any:
    """Resolve what docstrings call ``fm.Dense`` or by the module that it lives in.

    What is real but not public (a module of the package, say) stays as text.
    """
    target = node.get("reftarget", "")
    if node.get("refdomain") != "py":
        return None
    places = ("",) if target.startswith(("fm.", "fusedmlp.")) else _PLACES
    found_names = (_public_name(place + target) for place in places)
    name = next((name for name in found_names if name), None)
    if name is None:
        return None
    domain = env.get_domain("py")
    found = domain.resolve_xref(
        env, node["refdoc"], app.builder, node["reftype"], name, node, content
    )
    return found or content


def _escape(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Keep |x| of formulas and names such as val_ from being read as references."""
    inside = False
    for k, line in enumerate(lines):
        inside = line.strip().startswith(">>>") or (inside and bool(line.strip()))
        if not inside and not line.lstrip().startswith(".."):
            parts = re.split(r"(``.*?``|`[^`]*`)", line)
            lines[k] = "".join(
                p if p.startswith("`") else _ESCAPED.sub(r"\\\g<0>", p) for p in parts
            )


def _skip(app: Any, what: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    """Leave out what scikit-learn gives every estimator: its own pages explain that."""
    foreign = (getattr(thing, "__module__", None) or "").startswith("sklearn")
    return True if foreign or name.endswith("_request") or "metadata" in name else None


def setup(app: Any) -> None:
    """Write the pages of the reference, then connect what turns links into links of pages."""
    reference.write(DOCS / "api")
    app.connect("source-read", _read)
    app.connect("include-read", _read_included)
    app.connect("missing-reference", _missing)
    app.connect("autodoc-process-docstring", _escape, priority=900)  # after numpydoc
    app.connect("autodoc-skip-member", _skip)
