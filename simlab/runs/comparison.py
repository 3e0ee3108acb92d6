"""Differences of scores between two runs, and whether their intervals allow for them."""

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.runs.score_margins import LEVEL, score_margins
from simlab.schema import CURVE_KEY
from simlab.table import ScoreTable

VERDICTS = ("apart", "missing", "first only", "second only", "within", "identical")
"""From worst to best: "missing" is a score in one run and a null in the other."""

Floats = NDArray[np.float64]
_SIDES = ("score", "low", "high", "stderr", "n_items")


class Comparison(NamedTuple):
    """What `compare` found."""

    rows: pl.DataFrame
    """One row a score: the curve's key, scale, first, second, difference, low, high, verdict."""
    counts: dict[str, int]
    """Rows by each of `VERDICTS`."""
    n_outside: int
    """Rows whose own interval of the difference lies beyond the tolerance."""
    by_replicate: bool
    """Whether replicates were matched by their order, because the runs share no seed."""

    def agrees(self, *, common: bool = False) -> bool:
        """Return whether nothing is apart; with ``common``, rows of one run only do not count."""
        bad = ["apart", "missing"] + ([] if common else ["first only", "second only"])
        return not any(self.counts[verdict] for verdict in bad)


def difference_interval(
    first: tuple[Floats, Floats, Floats], second: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return the interval of ``second - first`` from those of two independent estimates.

    The MOVER rule (Newcombe 1998, Statistics in Medicine 17:873-890, method 10; Zou & Donner
    2008, Statistics in Medicine 27:1693-1702).

    Parameters
    ----------
    first, second : tuple of ndarray
        The estimate and its distances to the lower and to the upper end of its interval.

    Returns
    -------
    low, high : ndarray

    >>> from simlab.intervals import wilson
    >>> def share(k, n):
    ...     low, high = wilson(k, n)
    ...     return k / n, k / n - low, high - k / n
    >>> [round(float(x), 4) for x in difference_interval(share(48, 80), share(56, 70))]
    [0.0524, 0.3339]
    """
    (x, down_x, up_x), (y, down_y, up_y) = first, second
    return y - x - np.hypot(down_y, up_x), y - x + np.hypot(up_y, down_x)


def compare(
    first: ScoreTable, second: ScoreTable, *, tolerance: float = 0.0, level: float = LEVEL
) -> Comparison:
    """Match the scores of two tables by curve and scale, and judge each difference.

    Replicates match by seed, or in their order where the tables share no seed. A difference is
    "apart" if its interval lies beyond ``tolerance``, at the level at which all rows together hold
    (Bonferroni); without an interval, if it is larger than ``tolerance``. Runs of one seed share
    their random streams, so their intervals are wider than they need to be.

    Parameters
    ----------
    first, second : ScoreTable
    tolerance : float
        Absolute difference that does not matter, in the unit of the score; at least 0.
    level : float
        Coverage of the intervals, in (0, 1).

    Raises UsageError for values out of range, and if no curve stands in both tables.

    >>> columns = {"family": "toy", "scale": [1e8, 1e9], "metric": "accuracy", "n_items": 100}
    >>> one = ScoreTable.from_columns({**columns, "score": [0.10, 0.20]})
    >>> two = ScoreTable.from_columns({**columns, "score": [0.10, 0.55]})
    >>> compare(one, two).rows["verdict"].to_list()
    ['identical', 'apart']
    """
    if not 0 <= tolerance < np.inf:
        raise UsageError(f"--tolerance {tolerance:g}: give a difference of at least 0")
    if not 0 < level < 1:
        raise UsageError(f"--level {level:g}: give a coverage between 0 and 1, such as 0.95")
    frames = [first.frame, second.frame]
    by_replicate = _share_no_seed(*frames)
    if by_replicate:
        frames = [f.with_columns(pl.col("seed").rank("dense").cast(pl.Int64) - 1) for f in frames]
    joined = _joined(*frames)
    own = _interval(joined, level)
    n_judged = max(int(np.isfinite(own[0]).sum()), 1)
    joint = _interval(joined, 1 - (1 - level) / n_judged)
    difference = joined["score_2"] - joined["score_1"]
    rows = joined.select(
        *CURVE_KEY,
        "scale",
        pl.col("score_1").alias("first"),
        pl.col("score_2").alias("second"),
        difference.alias("difference"),
        pl.Series("low", own[0]).fill_nan(None),
        pl.Series("high", own[1]).fill_nan(None),
        _verdicts(_beyond(difference, joint, tolerance)),
    )
    held = dict(rows["verdict"].value_counts().iter_rows())
    counts = {verdict: held.get(verdict, 0) for verdict in VERDICTS}
    if counts["first only"] + counts["second only"] == rows.height:
        raise UsageError(
            "compare: no curve and scale stands in both runs; compare runs of one scenario or "
            "source, with a value of each parameter in common"
        )
    n_outside = int(_beyond(difference, own, tolerance).sum())
    return Comparison(rows, counts, n_outside, by_replicate)


def _share_no_seed(first: pl.DataFrame, second: pl.DataFrame) -> bool:
    seeds = [set(frame["seed"].drop_nulls().unique()) for frame in (first, second)]
    return bool(seeds[0] and seeds[1] and not seeds[0] & seeds[1])


def _joined(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Return both tables side by side: the first one's order, then what only the second has."""
    key = [*CURVE_KEY, "scale"]
    if any(frame.select(key).is_duplicated().any() for frame in (first, second)):
        key.append("model")  # models of one size are told apart by their names
    sides = [
        frame.select(
            *key, *(pl.col(c).alias(f"{c}_{i}") for c in _SIDES), pl.lit(True).alias(f"in_{i}")
        )
        for i, frame in enumerate((first, second), 1)
    ]
    return sides[0].join(
        sides[1],
        on=key,
        how="full",
        coalesce=True,
        nulls_equal=True,
        maintain_order="left_right",
        validate="1:1",
    )


def _interval(joined: pl.DataFrame, level: float) -> tuple[Floats, Floats]:
    """Return the interval of each difference; NaN where one side has none."""
    sides = []
    for i in (1, 2):
        frame = joined.select("metric", *(pl.col(f"{c}_{i}").alias(c) for c in _SIDES))
        sides.append((frame["score"].to_numpy(), *score_margins(frame, level=level)))
    return difference_interval(sides[0], sides[1])


def _beyond(difference: pl.Series, interval: tuple[Floats, Floats], tolerance: float) -> pl.Series:
    """Return whether each difference exceeds the tolerance, by more than its interval allows."""
    low, high = interval
    known = np.isfinite(low) & np.isfinite(high)
    size = np.abs(difference.to_numpy())
    apart = np.where(known, (low > tolerance) | (high < -tolerance), size > tolerance)
    return pl.Series("beyond", apart & (size > tolerance))


def _verdicts(beyond: pl.Series) -> pl.Expr:
    one, two = pl.col("score_1"), pl.col("score_2")
    return (
        pl.when(pl.col("in_2").is_null())
        .then(pl.lit("first only"))
        .when(pl.col("in_1").is_null())
        .then(pl.lit("second only"))
        .when(one.is_null() != two.is_null())
        .then(pl.lit("missing"))
        .when(one.eq_missing(two))
        .then(pl.lit("identical"))
        .when(beyond)
        .then(pl.lit("apart"))
        .otherwise(pl.lit("within"))
        .alias("verdict")
    )


def settings_apart(first: Any, second: Any, *, prefix: str = "") -> list[tuple[str, Any, Any]]:
    """Return what differs between two nested values: its name, and the value in each.

    >>> settings_apart({"seed": 0, "versions": {"numpy": "2.1"}}, {"seed": 1, "versions": {}})
    [('seed', 0, 1), ('versions.numpy', '2.1', None)]
    """
    if isinstance(first, dict) and isinstance(second, dict):
        found = []
        for name in dict.fromkeys([*first, *second]):
            place = f"{prefix}.{name}" if prefix else str(name)
            found += settings_apart(first.get(name), second.get(name), prefix=place)
        return found
    return [] if first == second else [(prefix, first, second)]
