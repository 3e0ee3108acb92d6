"""The second smooth null: accuracy that is a straight line in ln scale.

Many benchmarks rise like that over the range that was measured, and no member of the link family
does: on the way up a line bends late in ln(-ln accuracy). So a curve must be sharper than the best
straight line as well. The line stays between chance and 1 at every scale, since a line that is cut
off has a kink, and is nowhere steeper than a smooth curve may be, most_slope / e per e-fold.
"""

import math

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel

Floats = NDArray[np.float64]

LEVEL, RISE, BETTER = range(3)
"""Places in ``line``, (3,): accuracy at x = 0, rise per e-fold, and 1 where the line fits better
than the link family, else 0."""

_ROUNDS = 8
_TINY = 1e-9


@kernel
def line_probability1(line: Floats, x: float) -> float:
    """Return the line's accuracy at one point, inside (0, 1)."""
    return min(max(float(line[LEVEL] + line[RISE] * x), _TINY), 1.0 - _TINY)


@kernel
def fit_line1(
    line: Floats, x: Floats, share: Floats, items: Floats, weight: Floats, chance: float,
    most_slope: float,
) -> None:  # fmt: skip
    """Fill level and rise by reweighted least squares; ``x`` is about its mean, ascending."""
    first, last = x[0], x[len(x) - 1]
    mean, total = 0.0, 0.0
    for i in range(len(x)):
        mean += weight[i] * share[i]
        total += weight[i]
    line[LEVEL], line[RISE] = mean / total, 0.0
    for _ in range(_ROUNDS):
        s, sx, sy, sxx, sxy = 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(len(x)):
            p = line[LEVEL] + line[RISE] * x[i]
            edge = min(0.5 / items[i], 0.5)  # an empty or full cell still has a variance
            p = min(max(p, edge), 1.0 - edge)
            w = weight[i] / (p * (1.0 - p))
            s += w
            sx += w * x[i]
            sy += w * share[i]
            sxx += w * x[i] * x[i]
            sxy += w * x[i] * share[i]
        rise = (s * sxy - sx * sy) / (s * sxx - sx * sx)
        rise = min(max(rise, 0.0), most_slope / math.e)
        level = (sy - rise * sx) / s
        low = min(max(level + rise * first, chance), 1.0)
        high = min(max(level + rise * last, chance), 1.0)
        line[RISE] = (high - low) / (last - first)
        line[LEVEL] = low - line[RISE] * first
