"""Where does a curve break? The posterior of the place, with every other number profiled out.

A hinge is tried at `FINE` places in each gap between neighbouring scales, a step once in each gap,
since counts cannot tell where in a gap it lies. With a flat prior over ln scale, and both kinds
equally likely,

    density(place) ~ exp(gain of a hinge there / 2) + exp(gain of a step in its gap / 2),

the gains being twice the log ratio of likelihoods that `simlab.audit.smooth_null.breaks` computes.
Where the central interval is wider than half of the scales that were measured, the place is not
identifiable, and NaN says so.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.audit.count_curves import CountCurves
from simlab.audit.smooth_null.breaks import HINGE, STEP, deviances, smooth_fit
from simlab.audit.smooth_null.dispersion import N_RHO, log_likelihoods, log_sum_exp, prepare
from simlab.audit.smooth_null.fit import BREAK, N_PARAMETERS, WORK_ROWS, fit1
from simlab.audit.smooth_null.sharpness import LEAST_POINTS, MOST_PLAUSIBLE_SLOPE
from simlab.errors import UsageError
from simlab.threads import map_ordered

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FINE = 8
"""Places for a hinge in each gap between two scales."""
WIDEST = 0.5
"""Largest width of an interval, as a share of the measured range, that still locates anything."""
_CHUNK = 32


class Breakpoints(NamedTuple):
    """Places of breaks in ln scale, one element a curve; NaN: not identifiable."""

    at: Floats
    """Median of the posterior."""
    low: Floats
    high: Floats
    """Ends of its central interval."""
    step_share: Floats
    """Posterior probability that the break is a step rather than a hinge; never NaN where a curve
    has enough points."""


@kernel
def _gain_kernel(
    x: Floats, share: Floats, items: Floats, chance: float, most_slope: float, places: Floats,
    gaps: Ints, gains: Floats,
) -> None:  # fmt: skip
    """Fill the log-likelihood of a hinge at each place, and of a step in its gap, (2, n_places)."""
    n = len(x)
    beta, trial = np.empty(N_PARAMETERS), np.empty(N_PARAMETERS)
    work = np.empty((WORK_ROWS, N_PARAMETERS))
    weight, regressor, deviance = np.empty(n), np.empty(n), np.empty(n)
    shrink, half_log, held = np.empty((N_RHO, n)), np.empty(N_RHO), np.empty(N_RHO)
    prepare(items, shrink, half_log)
    smooth_fit(
        beta, x, share, items, weight, chance, shrink, most_slope, 1.0, half_log, regressor,
        deviance, held, work,
    )  # fmt: skip
    for candidate in range(2 * len(places)):
        place, kind = candidate // 2, STEP + candidate % 2
        row = 0 if kind == HINGE else 1
        if kind == STEP and place > 0 and gaps[place] == gaps[place - 1]:
            gains[row, place] = gains[row, place - 1]
            continue
        for i in range(n):
            beyond = x[i] - places[place]
            if kind == HINGE:
                regressor[i] = max(beyond, 0.0)
            else:
                regressor[i] = 1.0 if i > gaps[place] else 0.0
        for u in range(N_PARAMETERS):
            trial[u] = beta[u]
        trial[BREAK] = 0.1
        fit1(trial, x, regressor, share, weight, chance, most_slope, len(trial), work)
        deviances(trial, x, regressor, share, items, chance, deviance)
        log_likelihoods(deviance, shrink, half_log, 1.0, held)
        gains[row, place] = log_sum_exp(held)


def _locate(
    x: Floats, share: Floats, items: Floats, chance: float, most_slope: float, level: float
) -> tuple[float, float, float, float]:
    centre = float(x.mean())
    scales = np.unique(x)
    ends = np.flatnonzero(np.diff(x) > 0)  # last point at each scale but the largest
    widths = np.diff(scales)
    first = 1  # at least two scales come before a break
    offsets = (np.arange(FINE) + 0.5) / FINE
    places = (scales[first:-1, None] + widths[first:, None] * offsets).ravel()
    mass_of = np.repeat(widths[first:] / FINE, FINE)
    gains = np.empty((2, len(places)))
    _gain_kernel(
        x - centre, share, items, chance, most_slope, places - centre,
        np.repeat(ends[first:], FINE), gains,
    )  # fmt: skip
    density = np.exp(gains - gains.max())
    mass = density * mass_of
    step_share = float(mass[1].sum() / mass.sum())
    total = mass.sum(axis=0)
    edges = np.concatenate([scales[first : first + 1], places + mass_of / 2.0])
    cdf = np.concatenate([[0.0], np.cumsum(total) / total.sum()])
    tail = (1.0 - level) / 2.0
    low, at, high = np.interp([tail, 0.5, 1.0 - tail], cdf, edges)
    if high - low > WIDEST * (scales[-1] - scales[0]):
        return math.nan, math.nan, math.nan, step_share
    return float(at), float(low), float(high), step_share


def breakpoints(
    curves: CountCurves,
    *,
    level: float = 0.9,
    most_slope: float = MOST_PLAUSIBLE_SLOPE,
    threads: int = 1,
) -> Breakpoints:
    """Return where each curve breaks, if it does: ask `sharpness` first.

    Parameters
    ----------
    curves : CountCurves
        Curves of counts; those with fewer than 4 scales get NaN.
    level : float
        Probability of the interval, between 0 and 1.
    most_slope : float
        Largest slope that counts as smooth, as in `simlab.audit.smooth_null.sharpness.sharpness`.

    Raises
    ------
    UsageError
        The level is out of its range.

    >>> curves = CountCurves.from_counts(
    ...     [14.0, 16.0, 18.0, 20.0, 22.0, 24.0, 26.0, 28.0], [[2, 1, 3, 2, 1, 140, 150, 155]], 200)
    >>> found = breakpoints(curves)
    >>> [round(float(end), 1) for end in (found.low[0], found.high[0])]
    [21.9, 23.8]
    """
    if not 0.0 < level < 1.0:
        raise UsageError(f"level {level}: give a probability between 0 and 1, such as .9")
    share = curves.share

    def chunk(first: int) -> list[tuple[float, float, float, float]]:
        found = []
        for c in range(first, min(first + _CHUNK, len(curves))):
            a, b = curves.offsets[c], curves.offsets[c + 1]
            if len(np.unique(curves.x[a:b])) < LEAST_POINTS:
                found.append((math.nan,) * 4)
                continue
            found.append(
                _locate(
                    curves.x[a:b], share[a:b], curves.items[a:b], float(curves.chance[c]),
                    most_slope, level,
                )
            )  # fmt: skip
        return found

    parts = map_ordered(chunk, range(0, len(curves), _CHUNK), threads=threads)
    return Breakpoints(*np.array([row for part in parts for row in part]).reshape(-1, 4).T.copy())
