"""Draws the bars of README.md: a training step of each library, ours being 1, as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

COLOURS = {"fusedmlp": "#0b6e4f", "JAX": "#8da0b3", "PyTorch": "#d98c5f", "NumPy": "#c9b458"}
WIDTH, LEFT, TOP, BAR, GAP = 680, 230, 64, 15, 12
TITLE = "Time of one training step (shorter is better, logarithmic)"
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#222}.v{font-size:11px}"
    ".t{font-size:15px;font-weight:600}"
)


def draw(
    labels: Mapping[str, str],
    found: Mapping[str, tuple[float, Mapping[str, float]]],
    times: Callable[[float], str],
    microseconds: Callable[[float], str],
) -> str:
    """Return the picture of {net: (our microseconds, {peer: its time over ours})}."""
    values = [v for _, peers in found.values() for v in peers.values()]
    low, high = math.floor(2 * math.log2(min(1.0, *values))) / 2 - 0.5, math.log2(max(values))

    def width(value: float) -> float:
        return (WIDTH - LEFT - 70) * (math.log2(value) - low) / (high - low)

    rows, y = [], TOP
    for net, (ours, peers) in found.items():
        rows.append(f'<text x="{LEFT - 10}" y="{y + 27}" text-anchor="end">{labels[net]}</text>')
        for who, value in {"fusedmlp": 1.0, **peers}.items():
            end, words = width(value), microseconds(ours) if who == "fusedmlp" else times(value)
            rows.append(
                f'<rect x="{LEFT}" y="{y}" width="{end:.1f}" height="{BAR - 2}" '
                f'fill="{COLOURS[who]}"/>'
                f'<text class="v" x="{LEFT + end + 5:.1f}" y="{y + 11}">{words}</text>'
            )
            y += BAR
        y += GAP
    for i, (who, colour) in enumerate(COLOURS.items()):
        x = LEFT + 120 * i
        rows.append(f'<rect x="{x}" y="36" width="12" height="12" fill="{colour}"/>')
        rows.append(f'<text x="{x + 18}" y="47">{who}</text>')
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" '
        f'height="{y}" role="img" aria-label="{TITLE}: fusedmlp beside JAX, PyTorch and NumPy">'
    )
    ground = f'<rect width="{WIDTH}" height="{y}" fill="#fff"/>'
    title = f'<text class="t" x="14" y="22">{TITLE}</text>'
    return "\n".join([head, f"<style>{STYLE}</style>", ground, title, *rows, "</svg>", ""])
