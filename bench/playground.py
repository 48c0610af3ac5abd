"""What the page costs: epochs a second in a session at full speed against a plain fit.

    python bench/playground.py [--seconds 3] [--repeats 5]

A 2-8-8-1 net on 500 points, all of them one batch; the two take turns, medians.
Besides: frames a second with their 100 x 100 boundary,
the bytes of the page, and the time until the page is served.
"""

from __future__ import annotations

import argparse
import statistics
import time
import urllib.request

import fusedmlp as fm
from fusedmlp.playground.orders import Beginning
from fusedmlp.playground.protocol import Pause, Play, Seen
from fusedmlp.playground.server import page_files
from fusedmlp.playground.session import Session
from fusedmlp.playground.settings import Settings

SETTINGS = Settings(samples=714, train_share=0.7, batch_size=500, speed=0.0)


def session_rate(seconds: float) -> tuple[float, int]:
    """Return epochs a second with a page that draws at once, and the frames it got."""
    sent: list[str | bytes] = []
    session = Session(sent.append, Beginning(SETTINGS))
    session.submit(Play()).result()
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        session.submit(Seen()).result()
        time.sleep(1 / 30)
    session.submit(Pause()).result()
    rate = session.lab.trainer.epoch / (time.perf_counter() - start)
    session.close()
    session.closed.result()
    return rate, sum(isinstance(content, bytes) for content in sent)


def plain_rate(seconds: float) -> float:
    session = Session(lambda content: None, Beginning(SETTINGS))
    trainer = session.lab.trainer
    session.close()
    session.closed.result()
    start = time.perf_counter()
    trainer.model.fit(
        trainer.X, trainer.y, loss=trainer.loss, optimizer=trainer.optimizer, epochs=10**9,
        batch_size=500, max_seconds=seconds, progress=False,
    )  # fmt: skip
    return trainer.epoch / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    rounds = [(plain_rate(args.seconds), *session_rate(args.seconds)) for _ in range(args.repeats)]
    plain, page, frames = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"plain fit {plain:.0f} epochs/s, in the page {page:.0f} ({1 - page / plain:.1%} behind)")
    print(f"frames {frames / args.seconds:.1f} a second")
    print(f"page {sum(map(len, page_files().values()))} bytes")
    start = time.perf_counter()
    with fm.playground(open_browser=False) as running:
        urllib.request.urlopen(running.url).read()
        print(f"served after {time.perf_counter() - start:.3f} s")


if __name__ == "__main__":
    main()
