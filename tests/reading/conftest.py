"""Files of any content, written for one test."""

from __future__ import annotations

import pytest


@pytest.fixture
def file(tmp_path):
    """Write text or bytes to a file and return its path."""

    def write(content, name="data.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write
