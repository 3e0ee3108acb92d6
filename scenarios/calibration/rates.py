"""Rates at which the audit and the bare emergence score call curves sharp, and areas under them."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVELS = (0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)
"""Levels at which rates of the audit are kept."""
THRESHOLDS = (200, 100, 70, 50, 40, 30, 25, 20, 15, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1, 0)
"""Thresholds of the emergence score at which its rates are kept, the strictest first."""
UNDEFINED = "score undefined"
"""Metric of the share of rising curves whose median step is 0, the strictest reading of all."""


def level_metric(level: float) -> str:
    """Return the name of the share of curves with p at most ``level``."""
    return f"p <= {level:g}"


def threshold_metric(threshold: float) -> str:
    """Return the name of the share of curves whose emergence score exceeds ``threshold``."""
    return f"score > {threshold:g}"


def roc(sharp: Floats, smooth: Floats) -> tuple[Floats, Floats, float]:
    """Return false positives, true positives and the area, from rates, the strictest first.

    >>> x, y, area = roc(np.array([0.5, 0.9]), np.array([0.0, 0.1]))
    >>> round(area, 3)
    0.925
    """
    x = np.concatenate([[0.0], smooth, [1.0]])
    y = np.concatenate([[0.0], sharp, [1.0]])
    return x, y, float(((x[1:] - x[:-1]) * (y[1:] + y[:-1])).sum() / 2.0)


def mean_rates(frame: pl.DataFrame, kinds: tuple[str, ...], metrics: list[str]) -> Floats | None:
    """Return the mean over kinds and seeds of each metric; None where a kind is missing.

    ``frame`` holds the rows of one number of scales and of items, at chance 0.
    """
    rows = frame.filter(pl.col("family").is_in(list(kinds)), pl.col("metric").is_in(metrics))
    if rows["family"].n_unique() < len(kinds):
        return None
    means = dict(rows.group_by("metric").agg(pl.col("score").mean()).iter_rows())
    return np.array([means[metric] for metric in metrics])


def areas(frame: pl.DataFrame, kind: str, nulls: tuple[str, ...]) -> tuple[float, float] | None:
    """Return the areas under the ROC of the audit and of the bare score; None if a part lacks.

    The score is read with its undefined values as the largest, where the curve rises.
    """
    found = []
    for metrics in AUDIT_METRICS, SCORE_METRICS:
        sharp, smooth = (mean_rates(frame, kinds, metrics) for kinds in ((kind,), nulls))
        if sharp is None or smooth is None:
            return None
        found.append(roc(sharp, smooth)[2])
    return found[0], found[1]


AUDIT_METRICS = [level_metric(level) for level in LEVELS]
SCORE_METRICS = [UNDEFINED, *(threshold_metric(b) for b in THRESHOLDS)]
