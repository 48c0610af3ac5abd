"""The frame of a net: what it shows, and only as much of the curve as the page does not have."""

from __future__ import annotations

from typing import Any

from ..checks.arrays import Array
from .probe import Probe


class Frames:
    """Makes the frames of one page.

    Examples
    --------
    >>> from fusedmlp.playground.frames import Frames
    >>> from fusedmlp.playground.probe import Probe
    >>> from fusedmlp.playground.problem import problem_of
    >>> from fusedmlp.playground.settings import Settings
    >>> from fusedmlp.playground.trainer import Trainer
    >>> trainer = Trainer(Settings(), problem_of(Settings(), None))
    >>> frames, probe = Frames(), Probe(trainer)
    >>> header, arrays = frames.of(probe)
    >>> header["whole"], header["curve"]["epochs"], arrays["output"].shape
    (True, [0], (100, 100))
    >>> for epoch in (2, 4):
    ...     trainer.run(2)
    ...     header, arrays = frames.of(probe)
    >>> header["whole"], header["curve"]["epochs"]
    (False, [2, 4])
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Send the whole curve next time: the page has begun anew."""
        self._thinned, self._points = -1, 0

    def of(self, probe: Probe) -> tuple[dict[str, Any], dict[str, Array]]:
        """Return header and arrays of the net as it is now."""
        probe.refresh()
        trainer, curve = probe.trainer, probe.curve
        # The last point may have been replaced, so it goes out again.
        begin = max(self._points - 1, 0) if self._thinned == curve.thinned else 0
        header = {
            **probe.scores(), **probe.health(), "gradients": probe.gradient_norms(),
            "lr": trainer.optimizer.lr_at(trainer.optimizer.step_count),
            "batch": trainer.batch, "whole": begin == 0,
            "curve": {name: column[begin:] for name, column in curve.to_dict().items()},
        }  # fmt: skip
        self._thinned, self._points = curve.thinned, len(curve.epochs)
        return header, {**probe.boundary(), **probe.neurons(), **probe.weights()}
