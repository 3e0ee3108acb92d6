"""The statistic of sharpness: how much better a curve with a break explains the counts.

Against the smooth curve, whose slope stays within what scaling laws allow, or a straight line where
that fits better, stand three kinds of sharpness: a step (eta falls at once between two scales), a
hinge (its slope grows beyond a scale), and a slope that is too steep altogether. A break must be
late: at least a third of the scales, and no fewer than two, come before it, so that a start from
exactly 0 is not yet a jump.

The statistic is twice the logarithm of the ratio of the two likelihoods, each averaged over the
scatter between models (`simlab.audit.smooth_null.dispersion`). Its distribution under the null
depends on everything, and chi^2 does not hold at an unknown break (Davies 1987,
doi:10.1093/biomet/74.1.33); `simlab.audit.smooth_null.sharpness` simulates it.
"""

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.audit.smooth_null.dispersion import (
    N_RHO,
    inflation1,
    log_likelihoods,
    log_sum_exp,
    mean_rho,
)
from simlab.audit.smooth_null.fit import (
    BREAK,
    MOST_SLOPE,
    N_PARAMETERS,
    STEEPEST,
    deviance1,
    fit1,
    probability1,
    start1,
    start_below_ceiling1,
)
from simlab.audit.smooth_null.straight_line import BETTER, fit_line1, line_probability1

Floats = NDArray[np.float64]

NONE, STEEP, STEP, HINGE = range(4)
KINDS = ("none", "steep", "step", "hinge")

_SPENT = 4.0
"""Parameters that the smooth curve takes from what tells the scatter between models."""


@kernel
def first_knot(x: Floats) -> int:
    """Return the first point that a break may follow; the number of points if there is none."""
    scales = 1
    for i in range(1, len(x)):
        scales += x[i] > x[i - 1]
    before = max(2, (scales + 2) // 3)
    seen = 1
    for i in range(1, len(x)):
        if x[i] > x[i - 1]:
            if seen == before:
                return i - 1
            seen += 1
    return len(x)


@kernel
def deviances(
    beta: Floats, x: Floats, regressor: Floats, share: Floats, items: Floats, chance: float,
    out: Floats,
) -> None:  # fmt: skip
    """Fill the binomial deviance of each point."""
    for i in range(len(x)):
        p = probability1(beta, x[i], regressor[i], chance)
        out[i] = items[i] * deviance1(share[i], p)


@kernel
def fill_regressor(x: Floats, knot: int, kind: int, out: Floats) -> None:
    """Fill what a break of unit size subtracts from eta."""
    for i in range(len(x)):
        if kind == STEP:
            out[i] = 1.0 if i > knot else 0.0
        else:
            out[i] = max(0.0, x[i] - x[knot])


@kernel
def smooth_fit(
    beta: Floats, x: Floats, share: Floats, items: Floats, weight: Floats, chance: float,
    shrink: Floats, most_slope: float, keep: float, half_log: Floats, regressor: Floats,
    deviance: Floats, log_weights: Floats, work: Floats,
) -> None:  # fmt: skip
    """Fit the smooth curve; fill ``weight``, ``deviance`` and the log-weights of the scatter."""
    n = len(x)
    fewest, most, top = items[0], items[0], share[0]
    for i in range(n):
        regressor[i] = 0.0
        weight[i] = items[i]
        fewest, most, top = min(fewest, items[i]), max(most, items[i]), max(top, share[i])
    equal = most <= 1.01 * fewest
    other = np.empty(N_PARAMETERS)
    for again in range(1 if equal else 2):
        best = np.inf
        for start in range(2):
            if start == 0:
                start1(other, x, share, items, chance)
            elif top < 0.95:
                start_below_ceiling1(other, x, share, chance, top, 0.7 * min(most_slope, 1.0))
            else:
                break
            value = fit1(
                other, x, regressor, share, weight, chance, most_slope, len(other) - 1, work
            )
            if value < best:
                best = value
                for u in range(N_PARAMETERS):
                    beta[u] = other[u]
        deviances(beta, x, regressor, share, items, chance, deviance)
        log_likelihoods(deviance, shrink, half_log, keep, log_weights)
        if not equal and again == 0:
            rho = mean_rho(log_weights)
            for i in range(n):
                weight[i] = items[i] / inflation1(items[i], rho)


@kernel
def sharpness_statistic(
    x: Floats, share: Floats, items: Floats, chance: float, shrink: Floats, half_log: Floats,
    most_slope: float, enough: float, beta: Floats, line: Floats, gains: Floats, weight: Floats,
    log_weights: Floats, work: Floats,
) -> tuple[float, int, int, float]:  # fmt: skip
    """Return the statistic, the kind of the best break, the point that it follows, and its scatter.

    Parameters
    ----------
    x : ndarray
        (n_points,) ascending ln scale about its mean.
    shrink, half_log : ndarray
        From `simlab.audit.smooth_null.dispersion.prepare`.
    enough : float
        Where only the question counts whether the statistic reaches this: the search ends as soon
        as it does, and does not begin if not even a curve through all points could. Infinity finds
        the statistic itself.
    beta : ndarray
        (5,), filled with the smooth fit.
    line : ndarray
        (3,), filled with the straight line and whether it fits better.
    gains : ndarray
        (4, n_points), filled with the statistic of each kind of break after each point; -inf where
        none was tried. A slope that is steep stands at [STEEP, 0].
    weight : ndarray
        (n_points,), filled with the weights of the fit.
    log_weights : ndarray
        (N_RHO,), filled with the log-weights of the scatter under the smooth fit.
    work : ndarray
        (WORK_ROWS, 5); the rows from `STEEPEST` on are filled if the search begins.
    """
    n = len(x)
    regressor, deviance = np.zeros(n), np.empty(n)
    held, trial = np.empty(N_RHO), np.empty(N_PARAMETERS)
    keep = max(n - _SPENT, 1.0) / n
    smooth_fit(
        beta, x, share, items, weight, chance, shrink, most_slope, keep, half_log, regressor,
        deviance, log_weights, work,
    )  # fmt: skip
    log_likelihoods(deviance, shrink, half_log, 1.0, held)
    null = log_sum_exp(held)
    fit_line1(line, x, share, items, weight, chance, most_slope)
    for i in range(n):
        deviance[i] = items[i] * deviance1(share[i], line_probability1(line, x[i]))
    log_likelihoods(deviance, shrink, half_log, 1.0, held)
    straight = log_sum_exp(held)
    line[BETTER] = 1.0 if straight > null else 0.0
    if straight > null:
        null = straight
        log_likelihoods(deviance, shrink, half_log, keep, log_weights)
    if enough < np.inf:
        for i in range(n):
            deviance[i] = 0.0
        log_likelihoods(deviance, shrink, half_log, 1.0, held)
        if 2.0 * (log_sum_exp(held) - null) < enough:
            return 0.0, NONE, -1, 0.0
    for kind in range(4):
        for i in range(n):
            gains[kind, i] = -np.inf
    first = first_knot(x)
    best, best_kind, best_knot, scatter = 0.0, NONE, -1, mean_rho(log_weights)
    for candidate in range(1 + 2 * max(n - 1 - first, 0)):
        kind = STEEP if candidate == 0 else STEP + (candidate - 1) % 2
        knot = 0 if candidate == 0 else first + (candidate - 1) // 2
        if kind != STEEP and x[knot + 1] == x[knot]:
            continue
        for u in range(N_PARAMETERS):
            trial[u] = beta[u]
        fill_regressor(x, knot, kind, regressor)
        trial[BREAK] = 0.0 if kind == STEEP else 0.1
        fit1(
            trial, x, regressor, share, weight, chance,
            MOST_SLOPE if kind == STEEP else most_slope,
            BREAK if kind == STEEP else N_PARAMETERS, work,
        )  # fmt: skip
        if kind == STEEP:
            for u in range(N_PARAMETERS):
                work[STEEPEST, u] = trial[u]
                for v in range(u + 1):
                    work[STEEPEST + 1 + u, v] = work[u, v]
        deviances(trial, x, regressor, share, items, chance, deviance)
        log_likelihoods(deviance, shrink, half_log, 1.0, held)
        gain = 2.0 * (log_sum_exp(held) - null)
        gains[kind, knot] = gain
        if gain > best:
            best, best_kind, best_knot, scatter = gain, kind, knot, mean_rho(held)
            if best >= enough:
                break
    return best, best_kind, best_knot, scatter
