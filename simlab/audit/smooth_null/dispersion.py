"""How much models scatter about their family's curve: a beta-binomial with unknown correlation.

Two models of one family differ by more than their size: data order, initialisation, a prompt that
suits one of them. Counts then have the variance n p (1 - p) (1 + (n - 1) rho). A handful of
scales cannot tell rho well, so nothing is plugged in: likelihoods are averaged over a grid of rho,
and null curves are simulated with rho drawn from what the curve leaves of it (a posterior
predictive check, Gelman, Meng & Stern 1996).

The grid starts at `LEAST`, a scatter of about half a point at an accuracy of 1/2: no smooth formula
is exact, and with 10,000 items a misfit of half a point would otherwise pass for a break.
"""

import math

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.streams import uniform

Floats = NDArray[np.float64]

LEAST = 2e-4
"""Correlation of two items of one model that is always granted."""
MEAN = 0.03
"""Mean of the exponential prior of rho; neighbouring models of BIG-G scatter by up to .08."""
AT_LEAST = 0.3
"""Prior probability of no scatter beyond `LEAST`."""


def _grid() -> tuple[Floats, Floats]:
    nodes = np.concatenate([[0.0], np.geomspace(3e-4, 0.2, 14)])
    edges = np.concatenate([[0.0], np.sqrt(nodes[1:-1] * nodes[2:]), [np.inf]])
    shares = np.exp(-edges[:-1] / MEAN) - np.exp(-edges[1:] / MEAN)
    weights = np.concatenate([[AT_LEAST], (1.0 - AT_LEAST) * shares])
    return nodes + LEAST, np.log(weights)


RHO, LOG_PRIOR = _grid()
N_RHO = len(RHO)


@kernel
def inflation1(items: float, rho: float) -> float:
    """Return how much larger than binomial the variance of a count is."""
    return 1.0 + max(items - 1.0, 0.0) * rho


@kernel
def prepare(items: Floats, shrink: Floats, half_log: Floats) -> None:
    """Fill 1 / inflation, (N_RHO, n_points), and half the sum of its logarithms, (N_RHO,)."""
    for r in range(N_RHO):
        total = 0.0
        for i in range(len(items)):
            more = inflation1(items[i], RHO[r])
            shrink[r, i] = 1.0 / more
            total += math.log(more)
        half_log[r] = 0.5 * total


@kernel
def log_likelihoods(
    deviance: Floats, shrink: Floats, half_log: Floats, keep: float, out: Floats
) -> None:
    """Fill ln(prior x quasi-likelihood) at each rho.

    ``deviance`` holds each point's binomial deviance at the fitted curve. ``keep`` is the share of
    the points that is left to tell rho after the curve took its parameters.
    """
    for r in range(N_RHO):
        total = 0.0
        for i in range(len(deviance)):
            total += deviance[i] * shrink[r, i]
        out[r] = LOG_PRIOR[r] - 0.5 * total - keep * half_log[r]


@kernel
def _largest(values: Floats) -> float:
    top = float(values[0])
    for r in range(1, N_RHO):
        top = max(top, float(values[r]))
    return top


@kernel
def log_sum_exp(values: Floats) -> float:
    """Return ln(sum(exp(values))) of (N_RHO,) values."""
    top = _largest(values)
    total = 0.0
    for r in range(N_RHO):
        total += math.exp(values[r] - top)
    return top + math.log(total)


@kernel
def draw_rho(log_weights: Floats, key: np.uint64, i: np.uint64) -> int:
    """Return the number of a grid node, drawn with these weights."""
    top, total = _largest(log_weights), 0.0
    for r in range(N_RHO):
        total += math.exp(log_weights[r] - top)
    left = uniform(key, i) * total
    for r in range(N_RHO):
        left -= math.exp(log_weights[r] - top)
        if left < 0.0:
            return r
    return N_RHO - 1


@kernel
def mean_rho(log_weights: Floats) -> float:
    """Return the mean of rho under these weights."""
    top, total, mean = _largest(log_weights), 0.0, 0.0
    for r in range(N_RHO):
        w = math.exp(log_weights[r] - top)
        total += w
        mean += w * RHO[r]
    return mean / total
