"""Is a curve sharper than any smooth one? A p-value by parametric bootstrap.

The smooth curve is fitted, or a straight line where that fits better, and null curves are simulated
from it at the curve's own scales and item counts, each with a scatter between models drawn from
what the data leave of it; the statistic of each is found as that of the curve was, refits and
search for the break included. The bootstrap of a curve stops as soon as `STOP` null curves reach
its statistic (Besag & Clifford 1991, doi:10.1093/biomet/78.2.301): p = STOP / curves so far is
exact too, and most curves need few.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.audit.count_curves import CountCurves
from simlab.audit.smooth_null.breaks import KINDS, sharpness_statistic
from simlab.audit.smooth_null.dispersion import N_RHO, RHO, draw_rho, mean_rho, prepare
from simlab.audit.smooth_null.fit import (
    CEILING,
    LOCATION,
    MOST_SLOPE,
    N_PARAMETERS,
    SLOPE,
    STEEPEST,
    THETA,
    WORK_ROWS,
    probability1,
    scoring_step,
)
from simlab.audit.smooth_null.straight_line import BETTER, line_probability1
from simlab.errors import UsageError
from simlab.simulators.binomial import beta_binomial
from simlab.streams import child, seed_key
from simlab.threads import map_ordered

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STOP = 20
MOST_PLAUSIBLE_SLOPE = 1.0
"""Largest exponent of a scaling law of the loss per token that passes for smooth; published ones
lie between .05 (Kaplan et al. 2020) and .5 (Schaeffer et al. 2023, figure 2)."""
LEAST_POINTS = 4
_CHUNK = 8
_ROUNDING = 1e-9
_COLUMNS = 13


class Sharpness(NamedTuple):
    """Sharpness of many curves, one element a curve; NaN where it cannot be computed."""

    p: Floats
    """Share of null curves that are at least as sharp."""
    replicates: Ints
    """Null curves behind ``p``."""
    statistic: Floats
    """Twice the log likelihood ratio of the best break."""
    kind: NDArray[np.int8]
    """Number of the best break's kind in `simlab.audit.smooth_null.breaks.KINDS`."""
    slope: Floats
    """|d ln(-ln accuracy) / d ln scale| of a smooth curve that may be as steep as it likes."""
    slope_error: Floats
    """Its standard error, with the scatter between models."""
    location: Floats
    """eta of the smooth fit at the mean of ln scale."""
    smooth_slope: Floats
    """Slope of the smooth fit, at most the largest plausible one."""
    theta: Floats
    """Variance of the items' difficulty under the smooth fit."""
    ceiling: Floats
    """Accuracy of very large models under the smooth fit."""
    rho: Floats
    """Mean correlation of two items of one model, beyond the curve."""
    scatter: Floats
    """The same beyond the best break: where models scatter so much that single scores are up to
    luck, such as runs that either learn a skill or do not, no curve through them means much."""
    straight: NDArray[np.bool_]
    """Whether a straight line in ln scale fits better than the link family; ``fitted`` is the
    better one."""
    fitted: Floats
    """(n_points,): the smooth fit at the curves' points."""

    @property
    def kinds(self) -> list[str]:
        """Name of each curve's best break."""
        return [KINDS[k] for k in self.kind]


@kernel
def _slope_error(weight: Floats, items: Floats, rho: float, work: Floats) -> float:
    """Return the standard error of the slope of the smooth curve without its bound."""
    spread, n_free = 0.0, len(work[0]) - 1
    for i in range(len(weight)):
        spread += weight[i] / items[i] * (1.0 + max(items[i] - 1.0, 0.0) * rho) / len(weight)
    unit, variance = work[15], work[17]
    for u in range(N_PARAMETERS):
        unit[u] = 1.0 if u == SLOPE else 0.0
    free = np.ones(N_PARAMETERS, np.bool_)
    scoring_step(work[STEEPEST + 1 :], unit, free, 0.0, n_free, work[10:15], variance)
    return math.sqrt(max(variance[SLOPE], 0.0) * spread)


@kernel
def smooth_probability1(beta: Floats, line: Floats, x: float, chance: float) -> float:
    """Return the accuracy of the null that fits better."""
    if line[BETTER] > 0.0:
        return line_probability1(line, x)
    return probability1(beta, x, 0.0, chance)


@kernel
def simulate1(
    beta: Floats, line: Floats, x: Floats, items: Floats, chance: float, rho: float,
    key: np.uint64, share: Floats,
) -> None:  # fmt: skip
    """Fill the shares of one null curve."""
    for i in range(len(x)):
        n = max(int(items[i] + 0.5), 1)
        p = smooth_probability1(beta, line, x[i], chance)
        share[i] = beta_binomial(key, np.uint64(i), n, p, rho) / n


@kernel
def _sharpness1(
    x: Floats, share: Floats, items: Floats, chance: float, key: np.uint64, replicates: int,
    most_slope: float, out: Floats, fitted: Floats,
) -> None:  # fmt: skip
    n = len(x)
    middle, centred = 0.0, np.empty(n)
    for i in range(n):
        middle += x[i] / n
    for i in range(n):
        centred[i] = x[i] - middle
    x = centred
    beta, work = np.empty(N_PARAMETERS), np.empty((WORK_ROWS, N_PARAMETERS))
    gains, weight, log_weights = np.empty((4, n)), np.empty(n), np.empty(N_RHO)
    shrink, half_log = np.empty((N_RHO, n)), np.empty(N_RHO)
    prepare(items, shrink, half_log)
    null, null_beta = np.empty(n), np.empty(N_PARAMETERS)
    line, null_line = np.empty(3), np.empty(3)
    null_weight, null_log = np.empty(n), np.empty(N_RHO)
    observed, kind, reached, done, scatter = 0.0, 0, 0, 0, 0.0
    for m in range(replicates + 1):  # the curve itself comes first
        if m > 0:
            own = child(key, np.uint64(m))
            rho = RHO[draw_rho(log_weights, own, np.uint64(n))]
            simulate1(beta, line, x, items, chance, rho, own, null)
        statistic, found, _, scattered = sharpness_statistic(
            x, share if m == 0 else null, items, chance, shrink, half_log, most_slope,
            np.inf if m == 0 else observed - _ROUNDING, beta if m == 0 else null_beta,
            line if m == 0 else null_line, gains,
            weight if m == 0 else null_weight, log_weights if m == 0 else null_log, work,
        )  # fmt: skip
        if m == 0:
            observed, kind, scatter = statistic, found, scattered
            out[4] = work[STEEPEST, SLOPE]
            out[5] = _slope_error(weight, items, mean_rho(log_weights), work)
            if found == 0:
                reached = STOP
                break
        else:
            done = m
            reached += statistic >= observed - _ROUNDING
            if reached >= STOP:
                break
    rho = mean_rho(log_weights)
    if done == 0:
        out[0] = 1.0
    elif reached >= STOP:
        out[0] = STOP / done
    else:
        out[0] = (reached + 1.0) / (done + 1.0)
    out[1], out[2], out[3] = done, observed, kind
    out[6], out[7], out[8] = beta[LOCATION], beta[SLOPE], beta[THETA]
    out[9], out[10], out[11] = beta[CEILING], rho, scatter
    out[12] = line[BETTER]
    for i in range(n):
        fitted[i] = smooth_probability1(beta, line, x[i], chance)


def sharpness(
    curves: CountCurves,
    *,
    replicates: int = 999,
    most_slope: float = MOST_PLAUSIBLE_SLOPE,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[float], None] = lambda share: None,
) -> Sharpness:
    """Return how much sharper each curve is than a smooth one, with a calibrated p-value.

    Parameters
    ----------
    curves : CountCurves
        Curves of counts; those with fewer than 4 points, or one scale only, get NaN.
    replicates : int
        Most null curves for one curve, at least 19; the smallest p is 1 / (replicates + 1).
    most_slope : float
        Largest slope of ln(-ln accuracy) against ln scale, per e-fold, that counts as smooth.
    seed, threads : int
        The same bits at any number of threads, and in any company of curves.
    progress : callable
        Takes the share that is done.

    Raises
    ------
    UsageError
        An option is out of its range.

    >>> curves = CountCurves.from_counts(
    ...     [14.0, 16.0, 18.0, 20.0, 22.0, 24.0, 26.0, 28.0],
    ...     [[2, 1, 3, 2, 1, 140, 150, 155], [2, 6, 15, 33, 60, 90, 121, 147]], 200)
    >>> sharpness(curves, replicates=199).p.round(3).tolist()
    [0.005, 1.0]
    """
    if replicates < 19:
        raise UsageError(f"replicates {replicates}: give at least 19, or no p can reach .05")
    if not 0.0 < most_slope <= MOST_SLOPE:
        raise UsageError(f"largest slope {most_slope}: give one above 0, up to {MOST_SLOPE}")
    label = np.uint64(seed_key(seed, "sharpness"))
    starts = range(0, len(curves), _CHUNK)
    share = curves.share
    done = 0

    def chunk(first: int) -> tuple[Floats, Floats]:
        nonlocal done
        last = min(first + _CHUNK, len(curves))
        out = np.full((last - first, _COLUMNS), np.nan)
        start = curves.offsets[first]
        fitted = np.full(curves.offsets[last] - start, np.nan)
        for c in range(first, last):
            a, b = curves.offsets[c], curves.offsets[c + 1]
            if b - a >= LEAST_POINTS and curves.x[a] < curves.x[b - 1]:
                _sharpness1(
                    curves.x[a:b], share[a:b], curves.items[a:b], float(curves.chance[c]),
                    np.uint64(child(curves.stream[c], label)), replicates, most_slope,
                    out[c - first], fitted[a - start : b - start],
                )  # fmt: skip
        done += last - first
        progress(done / len(curves))
        return out, fitted

    parts = map_ordered(chunk, starts, threads=threads)
    out = np.concatenate([part[0] for part in parts] or [np.empty((0, _COLUMNS))])
    fitted = np.concatenate([part[1] for part in parts] or [np.empty(0)])
    counts = np.nan_to_num(out[:, 1:4])
    return Sharpness(
        p=out[:, 0],
        replicates=counts[:, 0].astype(np.int64),
        statistic=out[:, 2],
        kind=counts[:, 2].astype(np.int8),
        slope=out[:, 4],
        slope_error=out[:, 5],
        location=out[:, 6],
        smooth_slope=out[:, 7],
        theta=out[:, 8],
        ceiling=out[:, 9],
        rho=out[:, 10],
        scatter=out[:, 11],
        straight=out[:, 12] > 0.0,
        fitted=fitted,
    )
