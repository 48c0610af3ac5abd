"""What the Python blocks of pages of docs/ take for granted, by page.

``tests/test_docs.py`` runs the setup of a page, then its blocks one after the other, in an empty
folder. A page that stands alone has no entry.
"""

ROWS = """
import numpy as np
import fusedmlp as fm
rng = np.random.default_rng(0)
"""

HOUSES = (
    ROWS
    + """
import pandas as pd
frame = pd.DataFrame({
    "area": rng.uniform(20, 200, 300).round(1), "town": rng.choice(["A", "B", "C"], 300),
    "built": pd.date_range("1990-01-01", periods=300, freq="37D"),
})
frame["price"] = (3000 * frame["area"] * rng.uniform(0.9, 1.1, 300)).round()
frame.loc[:9, "area"] = np.nan
"""
)

SETUPS = {
    # Columns 10 and 11 hold 4 and 7 categories, 12 holds 300; "epochs" stays as the page has it.
    "training.md": ROWS
    + """
import matplotlib
matplotlib.use("agg")
""",
    "cheat_sheet.md": ROWS
    + """
X = rng.standard_normal((200, 8)).astype(np.float32)
y = X[:, 0] - X[:, 1]
""",
    "many.md": ROWS + 'np.save("rows.npy", rng.standard_normal((64, 3)))\n',
    "files.md": HOUSES + 'frame.to_csv("houses.csv", index=False)\n',
    "sklearn.md": HOUSES
    + """
new_frame, y = frame[["town", "built", "area"]][:5], frame.pop("price") > 3e5
""",
    "exchange.md": ROWS
    + """
import torch
torch_module = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
X = X_test = rng.standard_normal((20, 4)).astype(np.float32)
model = fm.from_torch(torch_module)
""",
    "command_line.md": HOUSES
    + """
from fusedmlp.cli import main
frame.to_csv("houses.csv", index=False)
frame.drop(columns="price").to_csv("new.csv", index=False)
assert main(["train", "houses.csv", "--target", "price", "--preset", "plain", "--epochs", "2"]) == 0
""",
}
# Between two blocks: what the page speaks of has changed.
BETWEEN = {
    ("training.md", 1): """
X = rng.standard_normal((40, 13)).astype(np.float32)
X[:, 10:] = rng.integers(0, 4, (40, 3))
classes, y = 2, rng.integers(0, 2, 40)
""",
    ("training.md", 2): "X, y, model = X[:, :4], y, fm.MLP([4, 3, 2], seed=0)\n",
    ("many.md", 3): "y = rng.standard_normal(64)\n",
}
# What a page's blocks need besides the extras of the tests.
NEEDS = {"exchange.md": "torch", "many.md": "mpi4py"}
