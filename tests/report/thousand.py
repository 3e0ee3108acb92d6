"""A table of a thousand curves, as an evaluation of a family of models has them."""

import numpy as np

from simlab.intervals import wilson
from simlab.table import ScoreTable


def thousand_curves(*, n_tasks: int = 50, n_scales: int = 12) -> ScoreTable:
    """Return a table of 20 curves a task: two families, five K, two metrics."""
    sizes = np.geomspace(1e7, 1e12, n_scales)
    families, metrics = ("GPT", "PaLM"), ("exact_match", "token_edit_distance")
    grid = np.array(
        [(f, t, k, m) for t in range(n_tasks) for f in range(2) for k in (1, 2, 3, 4, 5)
         for m in range(2)]
    )  # fmt: skip
    family, task, k, metric = (np.repeat(column, n_scales) for column in grid.T)
    scale = np.tile(sizes, len(grid))
    noise = np.random.default_rng(0).normal(0, 0.01, len(scale))
    p = np.clip(np.exp(-((scale / 1e9) ** -0.3) * (1 + task / 20)) + noise, 0.0, 1.0)
    right = np.round(1000 * p**k) / 1000
    exact = metric == 0
    low, high = wilson(right * 1000, 1000)
    return ScoreTable.from_columns(
        {
            "family": [families[i] for i in family],
            "scale": scale,
            "task": [f"task {i}" for i in task],
            "subtask": [f"K={i}" for i in k],
            "metric": [metrics[i] for i in metric],
            "score": np.where(exact, right, k * (1 - p)),
            "low": np.where(exact, low, k * (1 - p) - 0.1),
            "high": np.where(exact, high, k * (1 - p) + 0.1),
            "higher_is_better": exact,
            "n_items": 1000,
        }
    )
