"""What would the small models have let one predict? The largest scales, held out.

The smooth curve is fitted to the smaller scales only, and the scores of the held-out points are
predicted with everything that is uncertain: the curve's numbers and the scatter between models by
a random-walk Metropolis chain over their posterior (Roberts, Gelman & Gilks 1997,
doi:10.1214/aoap/1034625254, for the size of its steps), the counts by beta-binomial draws. The
priors are flat in location and slope within their bounds. The chain learns the covariance of its
steps while it burns in, and then keeps it.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.audit.count_curves import CountCurves
from simlab.audit.smooth_null.breaks import deviances, smooth_fit
from simlab.audit.smooth_null.dispersion import (
    N_RHO,
    RHO,
    draw_rho,
    log_likelihoods,
    log_sum_exp,
    prepare,
)
from simlab.audit.smooth_null.fit import (
    BREAK,
    CEILING,
    LOCATION,
    MOST_THETA,
    N_PARAMETERS,
    SLOPE,
    THETA,
    WORK_ROWS,
    probability1,
)
from simlab.audit.smooth_null.sharpness import LEAST_POINTS, MOST_PLAUSIBLE_SLOPE
from simlab.errors import UsageError
from simlab.simulators.binomial import beta_binomial
from simlab.streams import child, normal, seed_key, uniform
from simlab.threads import map_ordered

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHARE_HELD_OUT = 0.25
_STEPS, _BURN_IN, _EPOCH, _THIN = 4000, 1600, 400, 6
_DRAWS = (_STEPS - _BURN_IN) // _THIN
_CEILING_MEAN = 0.1
"""The ceiling is 1 with probability 1/2, else 1 less an exponential variate of this mean: the chain
walks over a line on which all beyond 1 means 1."""
_THETA_MEAN = 0.5
"""Mean of the exponential prior of theta."""
_SHRINK = 0.95
"""The posterior leaves room for scatter that most curves lack: its central 85.5% cover nine in ten
held-out scores of the zoo's smooth curves, so that they serve as the interval of level 90%."""
_CHUNK = 8


class Forecast(NamedTuple):
    """Predictions of the held-out points; arrays are over all points of the curves.

    Points that were not held out have NaN.
    """

    predicted: Floats
    """(n_points,): median of the predicted score."""
    low: Floats
    high: Floats
    """(n_points,): ends of the central prediction interval, of a score on as many items."""
    held_out: NDArray[np.bool_]
    """(n_points,)."""
    p_above: Floats
    """(n_curves,): probability that the largest model scores at least what it did; NaN if none."""


@kernel
def _log_posterior(
    beta: Floats, x: Floats, no_break: Floats, share: Floats, items: Floats, chance: float,
    most_slope: float, shrink: Floats, half_log: Floats, deviance: Floats, held: Floats,
) -> float:  # fmt: skip
    inside = (
        -25.0 <= beta[LOCATION] <= 25.0
        and 0.0 <= beta[SLOPE] <= most_slope
        and 0.0 <= beta[THETA] <= MOST_THETA
        and chance + 0.1 * (1.0 - chance) <= beta[CEILING] <= 2.0
    )
    if not inside:
        return -np.inf
    c = beta[CEILING]
    beta[CEILING] = min(c, 1.0)
    deviances(beta, x, no_break, share, items, chance, deviance)
    log_likelihoods(deviance, shrink, half_log, 1.0, held)
    beta[CEILING] = c
    theta = beta[THETA]
    penalty = 2.0 * abs(1.0 - c) / _CEILING_MEAN + 2.0 * theta / _THETA_MEAN
    return float(log_sum_exp(held) - 0.5 * penalty)


@kernel
def _forecast1(
    x: Floats, share: Floats, items: Floats, n_seen: int, chance: float, key: np.uint64,
    most_slope: float, draws: Floats,
) -> None:  # fmt: skip
    """Fill ``draws``, (n_held_out, _DRAWS), with predicted shares of the points from n_seen on."""
    n = n_seen
    middle = 0.0
    for i in range(n):
        middle += x[i] / n
    centred = np.empty(len(x))
    for i in range(len(x)):
        centred[i] = x[i] - middle
    seen, y, m = centred[:n], share[:n], items[:n]
    beta, trial = np.empty(N_PARAMETERS), np.zeros(N_PARAMETERS)
    work = np.empty((WORK_ROWS, N_PARAMETERS))
    weight, no_break, deviance = np.empty(n), np.zeros(n), np.empty(n)
    shrink, half_log, held = np.empty((N_RHO, n)), np.empty(N_RHO), np.empty(N_RHO)
    current = np.empty(N_RHO)
    prepare(m, shrink, half_log)
    smooth_fit(
        beta, seen, y, m, weight, chance, shrink, most_slope, 1.0, half_log, no_break, deviance,
        held, work,
    )  # fmt: skip
    # The fit may end at a bound; the chain starts inside, and learns its steps while it burns in.
    beta[SLOPE] = min(max(beta[SLOPE], 0.02), 0.98 * most_slope)
    beta[THETA] = min(max(beta[THETA], 0.05), 0.98 * MOST_THETA)
    beta[CEILING] = min(max(beta[CEILING], chance + 0.12 * (1.0 - chance)), 0.995)
    mean, spread, factor = np.zeros(BREAK), np.zeros((BREAK, BREAK)), np.zeros((BREAK, BREAK))
    factor[LOCATION, LOCATION], factor[SLOPE, SLOPE] = 0.3, 0.1
    factor[THETA, THETA], factor[CEILING, CEILING] = 0.5, 0.1
    value, scale, learnt, filled = -np.inf, 1.0, 0, 0
    for step in range(-1, _STEPS):  # the first only finds the value at the start
        own = child(key, np.uint64(step))
        for u in range(BREAK):
            trial[u] = beta[u]
            for v in range(u + 1 if step >= 0 else 0):
                trial[u] += scale * factor[u, v] * normal(own, np.uint64(v))
        value2 = _log_posterior(
            trial, seen, no_break, y, m, chance, most_slope, shrink, half_log, deviance, held
        )
        accepted = step < 0 or math.log(1.0 - uniform(own, np.uint64(8))) < value2 - value
        if accepted:
            value = value2
            for u in range(BREAK):
                beta[u] = trial[u]
            for r in range(N_RHO):
                current[r] = held[r]
        if step < 0:
            continue
        if step < _BURN_IN:
            scale *= 1.1 if accepted else 0.965
            learnt += 1
            for u in range(BREAK):
                off = beta[u] - mean[u]
                mean[u] += off / learnt
                for v in range(u + 1):
                    spread[u, v] += off * (beta[v] - mean[v])
            if (step + 1) % _EPOCH == 0:
                _cholesky(spread, learnt, factor)
                scale, learnt = 1.2, 0
                for u in range(BREAK):
                    mean[u] = beta[u]
                    for v in range(BREAK):
                        spread[u, v] = 0.0
        elif (step - _BURN_IN) % _THIN == 0:
            c = beta[CEILING]
            beta[CEILING] = min(c, 1.0)
            rho = RHO[draw_rho(current, own, np.uint64(9))]
            for h in range(len(x) - n):
                p = probability1(beta, centred[n + h], 0.0, chance)
                k = max(int(items[n + h] + 0.5), 1)
                draws[h, filled] = beta_binomial(own, np.uint64(16 + h), k, p, rho) / k
            filled += 1
            beta[CEILING] = c


@kernel
def _cholesky(spread: Floats, count: int, factor: Floats) -> None:
    """Fill the lower triangular root of a covariance from its sums of products."""
    for u in range(BREAK):
        for v in range(u + 1):
            s = spread[u, v] / count
            if u == v:
                s = s * 1.0001 + 1e-8
            for w in range(v):
                s -= factor[u, w] * factor[v, w]
            factor[u, v] = math.sqrt(max(s, 1e-9)) if u == v else s / factor[v, v]


def _n_seen(x: Floats, share_held_out: float) -> int:
    """Return the number of points at the scales that are shown, 0 if they are too few."""
    scales = np.unique(x)
    n_held = max(1, int(len(scales) * share_held_out))
    if len(scales) - n_held < LEAST_POINTS - 1:
        return 0
    return int(np.searchsorted(x, scales[-n_held]))


def forecast(
    curves: CountCurves,
    *,
    held_out: float = SHARE_HELD_OUT,
    level: float = 0.9,
    most_slope: float = MOST_PLAUSIBLE_SLOPE,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[float], None] = lambda share: None,
) -> Forecast:
    """Return what a smooth curve through the smaller scales predicts at the largest ones.

    Parameters
    ----------
    curves : CountCurves
        Curves of counts; one whose smaller scales are fewer than 3 gets NaN.
    held_out : float
        Share of the scales that is held out, at least one scale.
    level : float
        Probability of the prediction interval.
    most_slope, seed, threads, progress
        As in `simlab.audit.smooth_null.sharpness.sharpness`.

    Raises
    ------
    UsageError
        A probability is out of its range.

    >>> curves = CountCurves.from_counts(
    ...     [14.0, 16.0, 18.0, 20.0, 22.0, 24.0, 26.0, 28.0], [[2, 1, 3, 2, 1, 140, 150, 155]], 200)
    >>> seen = forecast(curves)
    >>> int(seen.held_out.sum()), bool(seen.low[7] < seen.predicted[7] < seen.high[7])
    (2, True)
    """
    for name, value in (("share held out", held_out), ("level", level)):
        if not 0.0 < value < 1.0:
            raise UsageError(f"{name} {value}: give a number between 0 and 1")
    label = np.uint64(seed_key(seed, "forecast"))
    share = curves.share
    tail = (1.0 - _SHRINK * level) / 2.0
    out = np.full((3, len(share)), np.nan)
    above = np.full(len(curves), np.nan)
    done = 0

    def chunk(first: int) -> None:
        nonlocal done
        last = min(first + _CHUNK, len(curves))
        for c in range(first, last):
            a, b = curves.offsets[c], curves.offsets[c + 1]
            n = _n_seen(curves.x[a:b], held_out)
            if not n:
                continue
            draws = np.empty((b - a - n, _DRAWS))
            _forecast1(
                curves.x[a:b], share[a:b], curves.items[a:b], n, float(curves.chance[c]),
                np.uint64(child(curves.stream[c], label)), most_slope, draws,
            )  # fmt: skip
            out[:, a + n : b] = np.quantile(draws, (0.5, tail, 1.0 - tail), axis=1)
            above[c] = (1.0 + (draws[-1] >= share[b - 1]).sum()) / (1.0 + _DRAWS)
        done += last - first
        progress(done / len(curves))

    map_ordered(chunk, range(0, len(curves), _CHUNK), threads=threads)
    return Forecast(out[0], out[1], out[2], ~np.isnan(out[0]), above)
