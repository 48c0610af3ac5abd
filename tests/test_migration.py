"""The migration guides: the code of both libraries runs, and gives the same numbers."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = {  # library, and the tolerance that the page states
    "from_sklearn.md": ("sklearn", 1e-6),
    "from_keras.md": ("keras", 1e-5),
    "from_pytorch.md": ("torch", 1e-5),
}
NAMES = {"from_sklearn.md": "scikit-learn", "from_keras.md": "Keras", "from_pytorch.md": "PyTorch"}
BLOCK = re.compile(r"^```python\n# (.*?)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def pairs(page):
    """The blocks of a page: ("both", code) or ("pair", their code, our code)."""
    blocks = BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
    while blocks:
        side, code = blocks.pop(0)
        if side == "both":
            yield side, code
            continue
        assert side == NAMES[page], side
        ours, our_code = blocks.pop(0)
        assert ours == "fusedmlp", ours
        yield "pair", code, our_code


@pytest.mark.peers
@pytest.mark.filterwarnings("ignore")  # of the peers
@pytest.mark.parametrize("page", PAGES)
def test_both_sides_agree(page, tmp_path, monkeypatch):
    library, tolerance = PAGES[page]
    if library == "keras":
        pytest.importorskip("torch", reason="Keras needs a backend: PyTorch is not installed")
        os.environ.setdefault("KERAS_BACKEND", "torch")
    pytest.importorskip(library, reason=f"{library} is not installed")
    monkeypatch.chdir(tmp_path)
    space, compared = {}, 0
    for number, (kind, *codes) in enumerate(pairs(page)):
        for code in codes:
            exec(compile(code, f"{page}, part {number}", "exec"), space)
        if kind == "pair":
            if "their_score" in space:  # rows in another order: close, not equal
                assert abs(space.pop("their_score") - space.pop("our_score")) < 0.05
                continue
            theirs, ours = np.asarray(space.pop("theirs")), np.asarray(space.pop("ours"))
            assert ours.shape == theirs.shape and abs(theirs).max() > 0.01
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * abs(theirs).max())
            compared += 1
    assert compared >= 3


@pytest.mark.parametrize("page", PAGES)
def test_every_block_says_whose_it_is(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) == text.count("```python\n")
    assert text.count('<div class="side-by-side">') == text.count("</div>")
    assert f"to {PAGES[page][1]:g}".replace("e-0", "e-") in text
    sides = [kind for kind, *_ in pairs(page)]
    assert sides.count("pair") == text.count("</div>")
