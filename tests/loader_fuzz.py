"""The target of a fuzzer: bytes that become a model file, or a description or fit in a sealed one.

    python tests/loader_fuzz.py CORPUS [options of libFuzzer]     # needs atheris

A file with a wrong hash is refused at once; so most inputs here get the right one, and reach what
reads the description. Only CheckpointError may come out of it.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

# What reads the files is instrumented, where the fuzzer is there.
instrument = contextlib.nullcontext
if __name__ == "__main__":
    import atheris

    instrument = atheris.instrument_imports

with instrument():
    import fusedmlp as fm
    from fusedmlp.saving import files, foreign, format, models, runs  # noqa: F401
from support import every_layer, sealed  # noqa: E402

KINDS = ("file", "description", "run")
ROWS = np.linspace(-1, 1, 120, dtype=np.float32).reshape(20, 6)


def _fit(path: Path | None, **options):
    model = every_layer(width=3, seed=0)
    callbacks = [fm.callbacks.EMA(0.9), *([fm.callbacks.Checkpoint(path)] if path else [])]
    model.fit(
        ROWS, np.arange(20) % 3, loss="cross_entropy", callbacks=callbacks, num_threads=1, **options
    )


class Loader:
    """Real files, whole and in parts, and what loads other content in their place."""

    def __init__(self, folder: str) -> None:
        self.path = Path(folder, "m.safetensors")
        every_layer(width=3, seed=0).save(self.path)
        self.model = format.read(self.path, "fuzz")
        file = self.path.read_bytes()
        _fit(self.path, epochs=1)
        self.run = format.read(self.path, "fuzz")
        self.seeds = {
            "file": file,
            "description": json.dumps(self.model.description).encode(),
            "run": self.run.run.encode(),
        }

    def load(self, kind: str, content: bytes) -> bool:
        """Return whether a file with this content was taken; it may only be refused in one way."""
        if kind == "file":
            self.path.write_bytes(content)
        elif kind == "description":
            header = {"fusedmlp": content.decode("utf-8", "replace")}
            self.path.write_bytes(sealed(self.model.tensors, header))
        else:
            arrays = {f"{format.RUN}/{name}": a for name, a in self.run.run_arrays.items()}
            header = {
                "fusedmlp": json.dumps(self.run.description),
                format.RUN: content.decode("utf-8", "replace"),
            }
            self.path.write_bytes(sealed({**self.run.tensors, **arrays}, header))
        try:
            if kind == "run":
                _fit(None, epochs=1, resume_from=self.path)
            else:
                model = fm.load(self.path)
                if isinstance(model, fm.Sequential):
                    model.predict(np.zeros((1, model.in_features)))
        except fm.CheckpointError:
            return False
        except ValueError as error:
            # A fit that was saved with other settings is whole, and refused with these words.
            if kind == "run" and str(error).startswith("fit: resume_from"):
                return False
            raise
        return True


def main() -> None:
    """Fuzz until libFuzzer's options say that it is enough."""
    corpus = Path(sys.argv[1])
    corpus.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        loader = Loader(folder)
        for k, kind in enumerate(KINDS):
            (corpus / kind).write_bytes(bytes([k]) + loader.seeds[kind])

        def target(data: bytes) -> None:
            if data:
                loader.load(KINDS[data[0] % len(KINDS)], data[1:])

        atheris.Setup(sys.argv, target)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
