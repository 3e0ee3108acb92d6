"""How far the truth may lie below and above a score, at any confidence level."""

from statistics import NormalDist

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.intervals import wilson
from simlab.schema import UNIT_METRICS

LEVEL = 0.95
"""Coverage of ``low`` and ``high`` in a table."""

_SAME = 1e-3
"""Of its width, by which an interval may miss Wilson's and still be taken for it."""

Floats = NDArray[np.float64]


def score_margins(frame: pl.DataFrame, *, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Return the distances from each score to the lower and the upper end of its interval.

    Of ``low`` and ``high`` where both are given, else of ``stderr``, else Wilson's interval of a
    share of ``n_items`` items (for the metrics that are shares). At a level other than 0.95 an
    interval that is Wilson's is computed anew, from the number of items that its width implies;
    any other is stretched as a normal one would be.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns of a `simlab.table.ScoreTable`.
    level : float
        Coverage, in (0, 1).

    Returns
    -------
    down, up : ndarray
        (n_rows,) float64, at least 0, in the unit of the score; NaN where nothing is known.

    >>> frame = pl.DataFrame({"metric": ["accuracy"], "score": [0.5], "low": [None],
    ...                       "high": [None], "stderr": [0.05], "n_items": [100]})
    >>> [round(float(x[0]), 3) for x in score_margins(frame)]
    [0.098, 0.098]
    """
    score, low, high, stderr, n_items = (
        frame[c].cast(pl.Float64).to_numpy() for c in ("score", "low", "high", "stderr", "n_items")
    )
    z = NormalDist().inv_cdf(0.5 + level / 2)
    stretch = z / NormalDist().inv_cdf(0.5 + LEVEL / 2)
    share = frame["metric"].is_in(list(UNIT_METRICS)).to_numpy() & (score >= 0) & (score <= 1)
    # Ends may lie on the wrong side of the score by a rounding error.
    down, up = np.maximum(score - low, 0.0) * stretch, np.maximum(high - score, 0.0) * stretch
    n = _implied_items(score, low, high)
    anew = (score >= 0) & (score <= 1) & np.isfinite(n)
    down[anew], up[anew] = _wilson_margins(score[anew], n[anew], level)
    unknown = ~(np.isfinite(down) & np.isfinite(up))
    down[unknown] = up[unknown] = z * stderr[unknown]
    counted = unknown & ~np.isfinite(stderr) & share & (n_items > 0)
    down[counted], up[counted] = _wilson_margins(score[counted], n_items[counted], level)
    return down, up


def _wilson_margins(share: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    low, high = wilson(share * n, n, level=level)
    return np.maximum(share - low, 0.0), np.maximum(high - share, 0.0)


def _implied_items(share: Floats, low: Floats, high: Floats) -> Floats:
    """Return the number of items of which (low, high) is Wilson's interval; NaN where it is none.

    Half its width h and u = z^2 / n obey h^2 (1 + u)^2 = p (1 - p) u + u^2 / 4, which for h < 1/2
    has one positive root.
    """
    z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        h2 = ((high - low) / 2) ** 2
        a, b = 0.25 - h2, share * (1 - share) - 2 * h2
        root = np.sqrt(b * b + 4 * a * h2)
        # Of two forms of the root, the one that subtracts no near equals.
        u = np.where(b > 0, 2 * h2 / (b + root), (root - b) / (2 * a))
        n = np.where((h2 > 0) & (a > 0) & (u > 0), z * z / u, np.nan)
    known = np.isfinite(n) & (share >= 0) & (share <= 1)
    found = np.full(len(share), np.nan)
    if known.any():
        ends = wilson(share[known] * n[known], n[known])
        off = np.maximum(np.abs(ends[0] - low[known]), np.abs(ends[1] - high[known]))
        found[known] = np.where(off <= _SAME * (high - low)[known], n[known], np.nan)
    return found
