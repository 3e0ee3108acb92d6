"""Slow plain-Python oracles of curves, emergence scores, their resamples and crossovers.

Nothing here imports simlab. Integers are Python's, cut to 64 bits by hand; floats are Python's.
"""

import math
import statistics
import sys
from fractions import Fraction
from itertools import pairwise

from tests.naive.streams import integer

# --------------------------------------------------------------------------------------------------
# simlab/table.py
# --------------------------------------------------------------------------------------------------


def curves(rows: list[dict[str, object]]) -> dict[tuple[object, ...], list[int]]:
    """Row numbers of each curve, by scale and then by row; curves in order of first appearance."""
    found: dict[tuple[object, ...], list[int]] = {}
    names = ("family", "task", "subtask", "shots", "metric", "seed", "scale_kind")
    for number, row in enumerate(rows):
        members = found.setdefault(tuple(row[name] for name in names), [])
        if row["score"] is None:
            continue
        place = len(members)
        while place > 0 and rows[members[place - 1]]["scale"] > row["scale"]:  # type: ignore[operator]
            place -= 1
        members.insert(place, number)
    return found


# --------------------------------------------------------------------------------------------------
# simlab/emergence/batch.py and score.py
# --------------------------------------------------------------------------------------------------


def emergence_score(
    points: list[tuple[float, float | None]],
) -> tuple[str, int, Fraction | None]:
    """Status, sign and square of the emergence score, the last two exact where it is defined."""
    held = sorted((p for p in points if p[1] is not None), key=lambda p: p[0])
    scales = [scale for scale, _ in held]
    y = [Fraction(score) for _, score in held]
    if not y:
        return "no_scores", 0, None
    if len(y) < 3:
        return "too_few_scales", 0, None
    if len(set(scales)) < len(scales):
        return "repeated_scales", 0, None
    if max(y) == min(y):
        return "constant", 0, None
    squares = [(after - before) ** 2 for before, after in pairwise(y)]
    middle = statistics.median(squares)
    sign = 1 if y.index(max(y)) > y.index(min(y)) else -1
    if middle == 0 or (max(y) - min(y)) ** 2 / middle > Fraction(sys.float_info.max) ** 2:
        return "zero_median", sign, None
    return "ok", sign, (max(y) - min(y)) ** 2 / middle


# --------------------------------------------------------------------------------------------------
# simlab/emergence: zero_medians.py, cluster_bootstrap.py, item_bootstrap.py
# --------------------------------------------------------------------------------------------------


def range_over_smallest_step(y: list[float]) -> float:
    """The signed range over the smallest step that is not 0; 0 for a constant."""
    steps = [abs(b - a) for a, b in pairwise(y) if a != b]
    if not steps:
        return 0.0
    rises = y.index(max(y)) > y.index(min(y))
    return (max(y) - min(y)) / min(steps) * (1 if rises else -1)


def ratio_replicates(
    top: list[list[float]], bottom: list[list[float]], key: int, replicates: int
) -> list[list[float]]:
    """Ratios of sums over clusters drawn with replacement, the same clusters for each ratio."""
    n = len(top[0])
    rows = []
    for r in range(replicates):
        drawn = [integer(key, r * n + j, n) for j in range(n)]
        sums = [(sum(t[c] for c in drawn), sum(b[c] for c in drawn))
                for t, b in zip(top, bottom, strict=True)]  # fmt: skip
        rows.append([t / b if b else math.nan for t, b in sums])
    return rows


def resampled_means(values: list[list[int]], key: int, replicates: int) -> list[list[float]]:
    """Means over drawn items, scale by scale, the same items at each scale; values are counts."""
    n = len(values[0])
    rows = []
    for r in range(replicates):
        drawn = [integer(key, r * n + j, n) for j in range(n)]
        rows.append([sum(scale[i] for i in drawn) / n for scale in values])
    return rows
