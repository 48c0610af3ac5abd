"""A next-character model: an MLP reads the last characters and guesses the next one.

After Y. Bengio and others, "A neural probabilistic language model", 2003, with characters for
words. Characters come in one-hot; the first layer's rows are what the paper calls embeddings,
one for each character at each position. The text is short enough to be learnt by heart.

python examples/char_mlp.py [--text FILE] [--length N]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import fusedmlp as fm

CONTEXT = 10


def windows(codes: np.ndarray, symbols: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each stretch of CONTEXT characters, one-hot, and the character after it."""
    view = np.lib.stride_tricks.sliding_window_view(codes, CONTEXT + 1)
    # One byte per input: rows are converted as they are gathered.
    one_hot = np.eye(symbols, dtype=np.uint8)[view[:, :-1]]
    return one_hot.reshape(len(view), -1), view[:, -1]


def write_on(model: fm.Sequential, start: np.ndarray, length: int, symbols: int) -> list[int]:
    """Continue `start`, drawing each character from the model's probabilities."""
    rng = np.random.default_rng(0)
    text = list(start)
    x = np.zeros((CONTEXT, symbols), np.float32)
    for _ in range(length):
        x[:] = 0
        x[np.arange(CONTEXT), text[-CONTEXT:]] = 1
        # A temperature below 1 favours the likelier characters.
        p = fm.functional.softmax(model.predict_one(x.ravel()) / 0.7).astype(np.float64)
        text.append(int(rng.choice(symbols, p=p / p.sum())))
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, default=Path(__file__).with_name("lighthouse.txt"))
    parser.add_argument("--length", type=int, default=300, help="characters to write")
    args = parser.parse_args()

    text = args.text.read_text(encoding="utf-8")
    alphabet, codes = np.unique(list(text), return_inverse=True)
    X, y = windows(codes, len(alphabet))
    print(f"{len(text)} characters, {len(alphabet)} different ones")

    model = fm.MLP([X.shape[1], 128, len(alphabet)], "tanh", seed=0)
    steps = 80 * -(-len(X) // 32)
    adam = fm.optim.AdamW(lr=fm.schedules.cosine(3e-3, steps=steps), weight_decay=0.02)
    history = model.fit(X, y, loss="cross_entropy", optimizer=adam, epochs=80)
    print("".join(alphabet[write_on(model, codes[:CONTEXT], args.length, len(alphabet))]))
    bits = history.history["loss"][-1] / np.log(2)
    guessing = np.log2(len(alphabet))
    print(f"{bits:.2f} bits per character, {guessing:.2f} by guessing")


if __name__ == "__main__":
    main()
