"""What the page costs: epochs a second at full speed against a plain fit, and its drawing.

    python bench/playground.py [--seconds 3] [--repeats 5] [--chromium PATH] [--no-save]

A 2-8-8-1 net on 500 points, all of them one batch; a plain fit and a session that is shown 30
frames a second take turns, medians. Where Playwright and Chromium are found also in the browser:
the session's speed while the page draws, how long a frame takes to draw (100 x 100 boundary, all
neurons, links and curves), frames a second, and the first paint. Writes
bench/results/playground.json.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from typing import Any

from common import save

import fusedmlp as fm
from fusedmlp.playground.orders import Beginning
from fusedmlp.playground.protocol import Pause, Play, Seen
from fusedmlp.playground.server import page_files
from fusedmlp.playground.session import Session
from fusedmlp.playground.settings import Settings

SETTINGS = Settings(samples=714, train_share=0.7, batch_size=500, speed=0.0)
ADDRESS = "#samples=714&batch_size=500&speed=0"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
# As many frames as the browser gives, each drawn in full: a change of the window's size draws all.
DRAWING = """async (count) => {
    const next = () => new Promise(requestAnimationFrame);
    const spent = [];
    await next();
    const begin = performance.now();
    for (let k = 0; k < count; k++) {
        const start = performance.now();
        dispatchEvent(new Event("resize"));
        document.getElementById("picture").getContext("2d").getImageData(0, 0, 1, 1);
        spent.push(performance.now() - start);
        await next();
    }
    spent.sort((a, b) => a - b);
    return [1000 * count / (performance.now() - begin), spent[count >> 1]];
}"""


def session_rate(seconds: float) -> tuple[float, float]:
    """Return epochs and frames a second with a page that draws at once."""
    sent: list[str | bytes] = []
    session = Session(sent.append, Beginning(SETTINGS))
    session.submit(Play()).result()
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        session.submit(Seen()).result()
        time.sleep(1 / 30)
    session.submit(Pause()).result()
    spent = time.perf_counter() - start
    session.close()
    session.closed.result()
    frames = sum(isinstance(content, bytes) for content in sent)
    return session.lab.trainer.epoch / spent, frames / spent


def plain_rate(seconds: float) -> float:
    """Return epochs a second of ``fit`` alone, on the same net and data."""
    session = Session(lambda content: None, Beginning(SETTINGS))
    session.close()
    session.closed.result()
    trainer = session.lab.trainer
    start = time.perf_counter()
    trainer.model.fit(
        trainer.X, trainer.y, loss=trainer.loss, optimizer=trainer.optimizer, epochs=10**9,
        batch_size=500, max_seconds=seconds, progress=False, doctor=False,
    )  # fmt: skip
    return trainer.epoch / (time.perf_counter() - start)


def in_browser(chromium: str, seconds: float) -> dict[str, float]:
    """Return what is measured in the page itself."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver, fm.playground(open_browser=False) as running:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        paints = []
        for _ in range(3):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(running.url + ADDRESS)
            page.wait_for_timeout(1000)
            entry = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            paints.append(page.evaluate(entry) / 1000)
            if len(paints) < 3:
                page.close()
        rate, spent = page.evaluate(DRAWING, 180)
        (session,) = running._site.sessions.values()
        page.click("#play")
        page.wait_for_timeout(500)
        before, start = session.lab.trainer.epoch, time.perf_counter()
        page.wait_for_timeout(1000 * seconds)
        epochs = (session.lab.trainer.epoch - before) / (time.perf_counter() - start)
        browser.close()
    return {"first_paint_seconds": statistics.median(paints), "drawn_per_second": rate,
            "drawing_milliseconds": spent, "epochs_per_second": epochs}  # fmt: skip


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    parser.add_argument("--no-save", action="store_true")
    args = parser.parse_args()
    rounds = [(plain_rate(args.seconds), *session_rate(args.seconds)) for _ in range(args.repeats)]
    plain, session, frames = (statistics.median(column) for column in zip(*rounds, strict=True))
    result: dict[str, Any] = {
        "what": "2-8-8-1 net (tanh), Adam, 500 points in one batch, full speed; medians of "
        f"{args.repeats} turns of {args.seconds:g} s",
        "info": {key: str(value) for key, value in fm.info().items()},
        "plain_fit_epochs_per_second": plain, "session_epochs_per_second": session,
        "session_share_behind": 1 - session / plain, "session_frames_per_second": frames,
        "page_bytes": sum(map(len, page_files().values())),
    }  # fmt: skip
    if args.chromium is not None:
        result["browser"] = in_browser(args.chromium, args.seconds)
    for name, value in {**result, **result.get("browser", {})}.items():
        if isinstance(value, int | float):
            print(f"{name}: {value:.4g}")
    if not args.no_save:
        save("playground", result)


if __name__ == "__main__":
    main()
