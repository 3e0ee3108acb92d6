"""Fit of one smooth curve to counts, with or without a break in it: penalised Fisher scoring.

Five numbers: location, slope, theta, ceiling, and the size of a break, which is subtracted from
eta times the given regressor (1 beyond a scale for a step, the distance beyond it for a hinge).
Bounds keep each where it has a meaning; a number at its bound is left out of the step while the
gradient points outward. The fits cost microseconds, since a calibrated p-value needs thousands.
"""

import math

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.audit.smooth_null.link import link1

Floats = NDArray[np.float64]

LOCATION, SLOPE, THETA, CEILING, BREAK = range(5)
N_PARAMETERS = 5
STEEPEST = 22
WORK_ROWS = 28
"""Rows of ``work``, (WORK_ROWS, N_PARAMETERS): those of `fit1`, then the numbers and the
information of the curve that is free to be steep."""

MOST_THETA = 4.0
MOST_BREAK = 20.0
MOST_SLOPE = 20.0
"""Largest slope per e-fold of N of a curve that is free to be steep."""
CEILING_PENALTY = 20.0
THETA_PENALTY = 0.1
"""Curvatures of -2 ln prior: a ceiling near 1 and a spread of difficulty of the order of 1 to 3."""

_TINY = 1e-9
_ENOUGH = 1e-4
"""A step that gains less in deviance ends the fit."""
_MOST_STEPS = 60


@kernel
def deviance1(share: float, p: float) -> float:
    """Return twice the log-likelihood that one item loses at ``p`` against the observed share."""
    d = 0.0
    if share > 0.0:
        d += share * math.log(share / p)
    if share < 1.0:
        d += (1.0 - share) * math.log((1.0 - share) / (1.0 - p))
    return 2.0 * d


@kernel
def probability1(beta: Floats, x: float, regressor: float, chance: float) -> float:
    """Return the fitted accuracy at one point, inside (0, 1)."""
    F = link1(beta[LOCATION] - beta[SLOPE] * x - beta[BREAK] * regressor, beta[THETA])[0]
    p = float(chance + (beta[CEILING] - chance) * F)
    return min(max(p, _TINY), 1.0 - _TINY)


@kernel
def _evaluate(
    beta: Floats, x: Floats, regressor: Floats, share: Floats, weight: Floats, chance: float,
    n_free: int, gradient: Floats, information: Floats, jacobian: Floats,
) -> float:  # fmt: skip
    """Return deviance plus penalties; fill half the negative gradient and the information."""
    for u in range(N_PARAMETERS):
        gradient[u] = 0.0
        for v in range(N_PARAMETERS):
            information[u, v] = 0.0
    span = beta[CEILING] - chance
    total = 0.0
    for i in range(len(x)):
        F, by_eta, by_theta = link1(
            beta[LOCATION] - beta[SLOPE] * x[i] - beta[BREAK] * regressor[i], beta[THETA]
        )
        p = min(max(chance + span * F, _TINY), 1.0 - _TINY)
        total += weight[i] * deviance1(share[i], p)
        w = weight[i] / (p * (1.0 - p))
        residual = w * (share[i] - p)
        by_eta *= span
        jacobian[LOCATION] = by_eta
        jacobian[SLOPE] = -by_eta * x[i]
        jacobian[THETA] = span * by_theta
        jacobian[CEILING] = F
        jacobian[BREAK] = -by_eta * regressor[i]
        for u in range(n_free):
            gradient[u] += residual * jacobian[u]
            for v in range(u + 1):
                information[u, v] += w * jacobian[u] * jacobian[v]
    missing, theta = 1.0 - beta[CEILING], beta[THETA]
    gradient[CEILING] += CEILING_PENALTY * missing
    gradient[THETA] -= THETA_PENALTY * theta
    information[CEILING, CEILING] += CEILING_PENALTY
    information[THETA, THETA] += THETA_PENALTY
    return float(total + CEILING_PENALTY * missing * missing + THETA_PENALTY * theta * theta)


@kernel
def scoring_step(
    information: Floats, gradient: Floats, free: NDArray[np.bool_], damping: float, n_free: int,
    factor: Floats, step: Floats,
) -> None:  # fmt: skip
    """Solve (information + damping diag) step = gradient over the free numbers, by Cholesky."""
    for a in range(n_free):
        step[a] = 0.0
        if not free[a]:
            continue
        for b in range(a + 1):
            if not free[b]:
                continue
            s = information[a, b]
            if a == b:
                s = s * (1.0 + damping) + 1e-12
            for c in range(b):
                if free[c]:
                    s -= factor[a, c] * factor[b, c]
            factor[a, b] = math.sqrt(max(s, 1e-12)) if a == b else s / factor[b, b]
        s = gradient[a]
        for c in range(a):
            if free[c]:
                s -= factor[a, c] * step[c]
        step[a] = s / factor[a, a]
    for a in range(n_free - 1, -1, -1):
        if free[a]:
            s = step[a]
            for c in range(a + 1, n_free):
                if free[c]:
                    s -= factor[c, a] * step[c]
            step[a] = s / factor[a, a]


@kernel
def fit1(
    beta: Floats, x: Floats, regressor: Floats, share: Floats, weight: Floats, chance: float,
    most_slope: float, n_free: int, work: Floats,
) -> float:  # fmt: skip
    """Move ``beta`` to a minimum of the penalised deviance and return it.

    ``n_free`` is 5 with a break and 4 without, and comes from a length: for a constant, Numba would
    compile this and all below once more. ``weight`` is the items over their inflation. On
    return ``work[0:5]`` holds the lower triangle of the information at ``beta``.
    """
    information, other, factor = work[0:5], work[5:10], work[10:15]
    gradient, gradient2, step, trial = work[15], work[16], work[17], work[18]
    jacobian, low, high = work[19], work[20], work[21]
    low[LOCATION], high[LOCATION] = -25.0, 25.0
    low[SLOPE], high[SLOPE] = 0.0, most_slope
    low[THETA], high[THETA] = 0.0, MOST_THETA
    low[CEILING], high[CEILING] = chance + 0.1 * (1.0 - chance), 1.0
    low[BREAK], high[BREAK] = 0.0, MOST_BREAK
    free = np.ones(N_PARAMETERS, np.bool_)
    for u in range(N_PARAMETERS):
        trial[u] = beta[u]
    value, damping, moved = np.inf, 1e-3, 0.0
    # one call of each large function: what is inlined twice compiles twice as long
    for n in range(_MOST_STEPS):
        value2 = _evaluate(
            trial, x, regressor, share, weight, chance, n_free, gradient2, other, jacobian
        )
        if value2 <= value:
            gain = value - value2
            value = value2
            for u in range(n_free):
                beta[u] = trial[u]
                gradient[u] = gradient2[u]
                for v in range(u + 1):
                    information[u, v] = other[u, v]
            if n > 0:
                damping = max(0.2 * damping, 1e-9)
                if gain < _ENOUGH * (1.0 + 0.01 * value):
                    break
        else:
            damping *= 6.0
            if moved < 1e-10 or damping > 1e9:
                break
        for u in range(n_free):
            free[u] = not (
                (beta[u] <= low[u] and gradient[u] < 0.0)
                or (beta[u] >= high[u] and gradient[u] > 0.0)
            )
        scoring_step(information, gradient, free, damping, n_free, factor, step)
        moved = 0.0
        for u in range(n_free):
            trial[u] = min(max(beta[u] + step[u], low[u]), high[u])
            moved = max(moved, abs(trial[u] - beta[u]))
    return value


@kernel
def start1(beta: Floats, x: Floats, share: Floats, items: Floats, chance: float) -> None:
    """Fill ``beta`` by a straight line through ln(-ln share), with the floor taken off."""
    sx, sy, sxx, sxy = 0.0, 0.0, 0.0, 0.0
    n = len(x)
    for i in range(n):
        above = (share[i] - chance) * items[i] + 0.5
        f = above / ((1.0 - chance) * items[i] + 1.0)
        f = min(max(f, 0.5 / items[i]), 1.0 - 0.5 / items[i])
        if not 0.0 < f < 1.0:  # less than one item
            f = 0.5
        y = math.log(-math.log(f))
        sx += x[i]
        sy += y
        sxx += x[i] * x[i]
        sxy += x[i] * y
    slope = -(sxy - sx * sy / n) / (sxx - sx * sx / n)
    slope = min(max(slope, 0.02), 0.9)
    beta[LOCATION] = (sy + slope * sx) / n
    beta[SLOPE] = slope
    beta[THETA] = 0.3
    beta[CEILING] = 0.98
    beta[BREAK] = 0.0


@kernel
def start_below_ceiling1(
    beta: Floats, x: Floats, share: Floats, chance: float, top: float, slope: float
) -> None:
    """Fill ``beta`` with a curve that has levelled off at ``top``, the largest share."""
    middle = x[len(x) - 1]
    for i in range(len(x)):
        if share[i] > chance + 0.5 * (top - chance):
            middle = x[i]
            break
    beta[SLOPE] = slope
    beta[LOCATION] = slope * middle - 0.37  # ln(ln 2): half of the way at the middle
    beta[THETA] = 0.3
    beta[CEILING] = min(1.0, max(top + 0.02, chance + 0.2 * (1.0 - chance)))
    beta[BREAK] = 0.0
