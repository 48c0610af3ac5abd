"""Runs the examples for docs/gallery.md: their pictures, and what they print.

python tools/draw_gallery.py [NAME ...]    all, or xor, digits, ..., microcontroller, browser

Needs matplotlib; microcontroller needs gcc, browser Playwright and Chromium.
"""

from __future__ import annotations

import functools
import http.server
import math
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES, PAGE, IMAGES = ROOT / "examples", ROOT / "docs" / "gallery.md", ROOT / "docs" / "images"
# Scripts that draw, and the pictures they make.
DRAWING = {
    "xor": "xor", "logistic_regression": "logistic_regression", "digits": "history",
    "optimizers": "optimizers", "learning_rates": "learning_rates", "regression": "regression",
    "gan": "gan",
}  # fmt: skip


def run(*command: object, folder: Path | None = None) -> str:
    """Run a command and return what it prints."""
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True).stdout


def script(name: str) -> str:
    """Run an example that is one file."""
    out = ["--out", IMAGES / f"{DRAWING[name]}.png"] if name in DRAWING else []
    return run(sys.executable, EXAMPLES / f"{name}.py", *out)


def microcontroller(folder: Path) -> str:
    """Export, compile and run the example in C."""
    said = run(sys.executable, EXAMPLES / "microcontroller" / "export.py", folder)
    shutil.copy(EXAMPLES / "microcontroller" / "main.c", folder)
    run("gcc", "-O2", "main.c", "-lm", "-o", "digits", folder=folder)
    return said + run(folder / "digits")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the folder of the page without a line for each request."""

    def log_message(self, *words: object) -> None:
        """Say nothing."""


def browser(folder: Path) -> str:
    """Draw a digit on the page of the example, and take its picture."""
    from playwright.sync_api import sync_playwright

    said = run(sys.executable, EXAMPLES / "browser" / "export.py", folder)
    shutil.copy(EXAMPLES / "browser" / "index.html", folder)
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(viewport={"width": 420, "height": 470})
        page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
        box = page.locator("#board").bounding_box()
        assert box is not None
        center, middle = box["x"] + 128, box["y"] + 128
        page.mouse.move(center + 50, middle)
        page.mouse.down()
        for step in range(1, 41):  # a zero
            angle = 2 * math.pi * step / 40
            page.mouse.move(center + 50 * math.cos(angle), middle + 85 * math.sin(angle))
        page.mouse.up()
        answer = page.locator("#answer").inner_text()
        page.screenshot(path=str(IMAGES / "browser.png"))
        chromium.close()
    server.shutdown()
    return f"{said}the page reads {answer}\n"


def output(name: str) -> str:
    """Run an example and return what it prints."""
    folders = {"microcontroller": microcontroller, "browser": browser}
    if name not in folders:
        return script(name)
    with tempfile.TemporaryDirectory() as folder:
        return folders[name](Path(folder))


def main() -> None:
    """Run the examples named, or all, and put what they print into the page."""
    for name in sys.argv[1:] or [*DRAWING, "char_mlp", "microcontroller", "browser"]:
        said = output(name).strip()
        text = PAGE.read_text(encoding="utf-8")
        begin, end = f"<!-- printed by examples/{name} -->", "<!-- end -->"
        before, found, rest = text.partition(begin)
        if not found:
            raise ValueError(f"{PAGE} has no place for what {name} prints: {begin} ... {end}")
        after = rest.partition(end)[2]
        PAGE.write_text(f"{before}{begin}\n```text\n{said}\n```\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
