"""Files that stand for a reader's own where a page names them, made by simlab itself."""

from pathlib import Path

import numpy as np
import polars as pl

from simlab.lab import run
from simlab.laws.broken_power_law import Break, broken_power_law
from simlab.simulators.training_runs import Training, isoflop_design, simulate_training_runs

METRIC = '''"""A metric of one's own."""


def clipped_distance(output: list[str], target: list[str]) -> float:
    """Return the share of tokens in their place, and 0 for an answer of another length."""
    if len(output) != len(target):
        return 0.0
    return sum(a == b for a, b in zip(output, target)) / len(target)
'''


def write_own_files(folder: Path) -> None:
    """Write tables, training runs, curves and a metric.

    ``scores.csv`` is a table of scores, ``results.csv`` one with columns of its own; ``runs.csv``
    has the ends of the training curves in ``curves.csv``, ``curve.csv`` a single curve.
    """
    frame = run("compounding", {"K": [4], "items": [1000]}, out=None).table.frame
    pair = frame.filter(pl.col("metric").is_in(["exact_match", "step_accuracy"]))
    pair.write_csv(folder / "scores.csv")
    pair.filter(metric="exact_match").select(
        "family", n_params="scale", acc="score", asked="n_items"
    ).write_csv(folder / "results.csv")
    profiles, larger = isoflop_design([1e19, 1e20, 1e21]), isoflop_design([3e21], sizes=5)
    design = (np.concatenate(part) for part in zip(profiles, larger, strict=True))
    curves = simulate_training_runs(*design, training=Training(noise=0.001))
    lengths = np.diff(curves.offsets)
    points = pl.DataFrame(
        {
            "run": np.repeat(np.arange(len(curves)), lengths),
            "n_params": np.repeat(curves.n_params, lengths),
            "n_tokens": curves.n_tokens,
            "loss": curves.loss,
        }
    )
    points.write_csv(folder / "curves.csv")
    last = points.group_by("run", maintain_order=True).last()
    last.drop("run").write_csv(folder / "runs.csv")
    x = np.geomspace(1e2, 1e6, 20)
    y = broken_power_law(x, 5.0, 0.2, a=0.1, breaks=[Break(1e4, 0.5, 0.3)])
    pl.DataFrame({"x": x, "y": y}).write_csv(folder / "curve.csv")
    (folder / "my_metrics.py").write_text(METRIC, encoding="utf-8")
