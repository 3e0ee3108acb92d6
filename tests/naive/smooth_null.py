"""Slow oracles of the smooth null: plain formulas, scipy for every minimum."""

import math
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize

LEAST, MEAN, AT_LEAST = 2e-4, 0.03, 0.3
MOST_THETA, MOST_BREAK, FREE_SLOPE = 4.0, 20.0, 20.0


def accuracy(eta, theta):
    """(1 + theta e^eta)^(-1/theta), and its limit exp(-e^eta)."""
    e = math.exp(min(max(eta, -30.0), 30.0))
    if theta < 1e-300:  # denormal numbers have few digits
        return math.exp(-e)
    return math.exp(-math.log1p(theta * e) / theta)


def deviance(share, p):
    lost = 0.0
    if share > 0:
        lost += share * (math.log(share) - math.log(p))
    if share < 1:
        lost += (1 - share) * (math.log(1 - share) - math.log(1 - p))
    return 2 * lost


def deviances(beta, x, regressor, share, items, chance):
    location, slope, theta, ceiling, size = beta
    out = []
    for i in range(len(x)):
        eta = location - slope * x[i] - size * regressor[i]
        p = chance + (ceiling - chance) * accuracy(eta, theta)
        p = min(max(p, 1e-9), 1 - 1e-9)
        out.append(items[i] * deviance(share[i], p))
    return out


def penalised(beta, x, regressor, share, items, chance):
    total = sum(deviances(beta, x, regressor, share, items, chance))
    return total + 20.0 * (1 - beta[3]) ** 2 + 0.1 * beta[2] ** 2


def best_fit(x, regressor, share, items, chance, *, most_slope, with_break, starts):
    """The best of many local minima by L-BFGS-B, as (parameters, penalised deviance)."""
    bounds = [
        (-25, 25),
        (0, most_slope),
        (0, MOST_THETA),
        (chance + 0.1 * (1 - chance), 1.0),
        (0, MOST_BREAK if with_break else 0),
    ]
    best = None
    for start in starts:
        done = minimize(
            penalised, start, args=(x, regressor, share, items, chance), bounds=bounds,
            method="L-BFGS-B", options={"maxiter": 150, "ftol": 1e-9},
        )  # fmt: skip
        if best is None or done.fun < best[1]:
            best = (done.x, done.fun)
    return best


def rho_grid():
    nodes = [0.0] + [3e-4 * (0.2 / 3e-4) ** (i / 13) for i in range(14)]
    edges = [0.0] + [math.sqrt(a * b) for a, b in pairwise(nodes[1:])]
    edges.append(math.inf)
    weights = [AT_LEAST]
    for low, high in pairwise(edges):
        weights.append((1 - AT_LEAST) * (math.exp(-low / MEAN) - math.exp(-high / MEAN)))
    return [node + LEAST for node in nodes], weights


def log_weights(parts, items, keep):
    rhos, weights = rho_grid()
    out = []
    for rho, weight in zip(rhos, weights, strict=True):
        more = [1 + max(n - 1, 0) * rho for n in items]
        lost = sum(d / m for d, m in zip(parts, more, strict=True))
        out.append(math.log(weight) - lost / 2 - keep * sum(math.log(m) for m in more) / 2)
    return out


def log_marginal(parts, items):
    values = log_weights(parts, items, 1.0)
    top = max(values)
    return top + math.log(sum(math.exp(v - top) for v in values))


def line_deviances(x, share, items, chance, most_slope):
    """Deviances of the most likely straight line between chance and 1, by a simplex search."""

    def parts(ends):
        low, high = sorted(min(max(end, chance), 1.0) for end in ends)
        high = min(high, low + most_slope / math.e * (x[-1] - x[0]))
        at = [low + (high - low) * (v - x[0]) / (x[-1] - x[0]) for v in x]
        p = [min(max(q, 1e-9), 1 - 1e-9) for q in at]
        return [n * deviance(y, q) for n, y, q in zip(items, share, p, strict=True)]

    start = (max(share[0], chance + 0.01), min(share[-1], 0.99))
    done = minimize(lambda ends: sum(parts(ends)), start, method="Nelder-Mead")
    return parts(done.x)


def statistic(x, share, items, chance, *, most_slope=1.0):
    """Twice the log ratio of the best break to the smooth curve, for equal items."""
    x = np.asarray(x) - np.mean(x)
    none = np.zeros(len(x))
    starts = [
        (a, s, t, c, 0.0)
        for a, s in ((0.5, 0.3), (2.0, 0.8))
        for t in (0.3,)
        for c in (0.98, min(1.0, max(share) + 0.02))
    ]
    beta, _ = best_fit(
        x, none, share, items, chance, most_slope=most_slope, with_break=False, starts=starts
    )
    null = log_marginal(deviances(beta, x, none, share, items, chance), items)
    null = max(null, log_marginal(line_deviances(x, share, items, chance, most_slope), items))
    scales = len(set(x))
    before = max(2, math.ceil(scales / 3))
    candidates = [("steep", none)]
    for j in range(before - 1, len(x) - 1):
        candidates.append(("step", (np.arange(len(x)) > j).astype(float)))
        candidates.append(("hinge", np.maximum(x - x[j], 0)))
    best = 0.0
    for kind, regressor in candidates:
        with_break = kind != "steep"
        slope = most_slope if with_break else FREE_SLOPE
        tries = [(*beta[:4], size) for size in ((0.1, 2.0) if with_break else (0.0,))]
        if not with_break:
            tries += [(a, s, 0.3, beta[3], 0.0) for a, s in ((1.0, 2.5),)]
        free, _ = best_fit(
            x, regressor, share, items, chance, most_slope=slope, with_break=with_break,
            starts=tries,
        )  # fmt: skip
        parts = deviances(free, x, regressor, share, items, chance)
        best = max(best, 2 * (log_marginal(parts, items) - null))
    return best
