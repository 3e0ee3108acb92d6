"""Are shares given as shares or as percentages: what the scores of a metric themselves say."""

import numpy as np
from numpy.typing import NDArray

from simlab.audit.bounded_metrics import COUNT
from simlab.audit.item_numbers import Floats, is_whole, rounding_error
from simlab.audit.points import Points

_SURELY_PERCENT = 1.5
"""Times the upper bound: a largest score between 1 and 1.5 may be a slip as well as 1.2%."""


def percentages(
    points: Points,
    score: Floats,
    n: Floats,
    high: Floats,
    kind: NDArray[np.object_],
    percent: bool | None,
) -> Floats:
    """Return 100 for each curve whose shares are percentages, else 1, and say which was chosen."""
    n_curves = len(points.reason)
    if percent is False:
        return np.ones(n_curves)
    top = points.most(score) / high
    bounded = points.reason == ""
    between = bounded & (top > 1 + 1e-9) & (top <= _SURELY_PERCENT)
    above = bounded & (top > _SURELY_PERCENT)
    factor = np.where(above, 100.0, 1.0)
    metrics = points.group
    counted = (kind == COUNT)[points.curve] & (score > 0)
    error = rounding_error(score, points.curve, n_curves)
    no_share = points.count(counted & (n > 0) & ~is_whole(score, n, error))
    no_percent = points.count(counted & (n > 0) & ~is_whole(score / 100.0, n, error / 100.0))
    tested = points.count(counted & (n > 0)) > 0
    if percent:
        points.reject(
            tested & (top <= 1 + 1e-9) & (no_share == 0) & (no_percent > 0),
            "said to be percentages, but n_items fits shares; leave --percent out, or correct them",
        )
        points.note(np.full(n_curves, True), "percentages, as was said: divided by 100")
        return np.full(n_curves, 100.0)
    mixed = (
        above
        & tested
        & (
            points.count(
                counted
                & (score < 1.0)
                & (no_percent > 0)[points.curve]
                & is_whole(score, n, error)
                & ~is_whole(score / 100.0, n, error / 100.0)
            )
            > 0
        )
    )
    points.reject(mixed, "the curve mixes shares and percentages; give one of them")
    for metric in np.unique(metrics[above]):
        same = (metrics == metric) & bounded & (top > 0)
        mostly = above[same].sum() * 2 > same.sum()
        low = same & ~above
        by_items = low & tested & ((no_share > 0) != (no_percent > 0))
        factor[by_items & (no_share > 0)] = 100.0
        points.note(by_items & (no_share > 0), "percentages below 1, as the number of items tells")
        points.note(
            by_items & (no_percent > 0),
            "shares, as the number of items tells, where other curves hold percentages",
        )
        rest = low & ~by_items
        if mostly:
            factor[rest] = 100.0
            points.note(rest, "no score above 1: percentages, as in other curves of the metric")
        else:
            points.note(rest, "no score above 1: shares, unlike other curves of the metric")
    unclear = between & (factor == 1.0)
    for i in np.flatnonzero(unclear):
        points.reject_one(
            i,
            f"scores up to {top[i] * high[i]:g} are neither shares nor clearly percentages; say "
            "--percent, or correct them",
        )
    points.note(factor == 100.0, "percentages are divided by 100")
    return factor
