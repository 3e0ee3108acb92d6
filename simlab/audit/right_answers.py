"""Right answers and items behind oriented shares, stated numbers held against each other."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.audit.bounded_metrics import COUNT, NO_MEAN
from simlab.audit.item_numbers import (
    Floats,
    is_whole,
    items_from_shares,
    items_from_stderr,
    rounding_error,
)
from simlab.audit.item_pairing import item_pairing
from simlab.audit.points import Points

_DOUBT = 1.25
"""Ratio of variances from which a standard error contradicts a number of items."""


def fill_counts(
    points: Points, share: Floats, stderr: Floats, n: Floats, kind: NDArray[np.object_]
) -> None:
    """Find the items behind each point, and hold stated numbers against scores and errors."""
    n_curves, curve = len(points.reason), points.curve
    error = rounding_error(share, curve, n_curves)
    told = items_from_stderr(share, stderr, error)
    counts = (kind == COUNT)[curve]
    no_mean = (kind == NO_MEAN)[curve]
    items = np.where(no_mean, np.nan, n)
    # A perfect or a zero score has no spread: its neighbours in the curve tell.
    middle = _middle(told, curve, n_curves)
    from_stderr = np.where(np.isnan(told), middle[curve], told)
    inferred = np.isnan(items) & ~np.isnan(from_stderr)
    items = np.where(inferred, from_stderr, items)
    points.note(points.count(inferred) > 0, "items inferred from standard errors")
    wide = ~inferred & ~np.isnan(told) & (told * _DOUBT < items)
    narrow = ~inferred & ~np.isnan(told) & counts & (told > _DOUBT * items)
    points.note(
        points.count(wide) > 0,
        "standard errors are wider than n_items allows: items that count are reduced to theirs",
    )
    points.note(
        points.count(narrow) > 0,
        "standard errors are narrower than n_items allows: n_items is kept",
    )
    items = np.where(wide, told, items)
    bare = (points.count(np.isnan(items)) > 0) & (points.reason == "")
    if bare.any():
        guess = items_from_shares(share, curve, n_curves)
        usable = bare & (kind == COUNT) & ~np.isnan(guess)
        fill = usable[curve] & np.isnan(items)
        items = np.where(fill, guess[curve], items)
        for i in np.flatnonzero(usable):
            points.note_one(i, f"all scores are multiples of 1/{guess[i]:g}: so many items")
    points.reject(
        (points.count(np.isnan(items)) > 0) & (kind == NO_MEAN),
        "no stderr, and the metric is not a mean over items",
    )
    points.reject(points.count(np.isnan(items)) > 0, "no n_items and no stderr")
    points.reject(
        points.count(items < 1.0) > 0,
        "a standard error is larger than that of one right or wrong item",
    )
    stated = ~np.isnan(n) & (items == n) & counts
    odd = points.count(stated & ~is_whole(share, n, error))
    for count in np.unique(odd[odd > 0]):
        points.note(
            odd == count,
            f"{count} scores are no whole number of right answers of n_items: partial credit, "
            "a mean over parts, or another n_items",
        )
    right = share * items
    points.right = np.where(is_whole(share, items, error), np.rint(right), right)
    points.items = items


def _middle(values: Floats, curve: NDArray[np.int64], n_curves: int) -> Floats:
    """Return the median of each curve's known values (the lower of two), NaN where none is."""
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.lexsort((values[known], curve[known]))]
    count = np.bincount(curve[order], minlength=n_curves)
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    found = np.full(n_curves, np.nan)
    some = count > 0
    found[some] = values[order[first[some] + (count[some] - 1) // 2]]
    return found


def use_items(points: Points, share: Floats, items: pl.DataFrame, *, paired: bool) -> None:
    """Let outcomes of items say how many independent items a score is worth."""
    found = item_pairing(items, points.keys)
    r = found.correlation.fill_null(float("nan")).to_numpy()
    ratio = found.variance_ratio.fill_null(float("nan")).to_numpy()
    n_items = found.n_items.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    known = ~np.isnan(r) & ~np.isnan(n_items) & (ratio > 0) & (points.reason == "")
    worth = np.where(known, n_items / np.where(known, ratio, 1.0), np.nan)[points.curve]
    of_known = known[points.curve]
    differs = of_known & (np.abs(points.items - worth) > 0.5) & (np.abs(n_items[points.curve]
        - points.items) > 0.5)  # fmt: skip
    points.note(points.count(differs) > 0, "n_items is not the number of items given: these count")
    if paired:
        worth = worth / (1.0 - np.where(known, r, 0.0)[points.curve])
        points.pairing = np.where(known, r, 0.0)
        for i in np.flatnonzero(known & (r > 0)):
            points.note_one(
                i,
                f"shared items: answers of neighbouring scales correlate by {r[i]:.2f}",
            )
    total = np.where(of_known, worth, points.items)
    points.right = np.where(of_known, points.right / points.items * total, points.right)
    points.items = total
