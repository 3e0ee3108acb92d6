"""The frontier that constants of the Chinchilla law imply."""

import numpy as np

from simlab.fitting.bootstrap import Bootstrap
from simlab.fitting.chinchilla_fit import allocation
from simlab.fitting.frontier import Frontier, FrontierDraws
from simlab.laws.chinchilla import ChinchillaConstants, compute_optimum


def frontier_of(constants: ChinchillaConstants, c0: float) -> Frontier:
    """Return the compute-optimal sizes of a law as power laws about the budget ``c0``.

    Raises UsageError where a constant is not positive: then no optimum exists.

    >>> from simlab.laws.chinchilla import BESIROGLU
    >>> round(frontier_of(BESIROGLU, 5.76e23).a, 4)
    0.5126
    """
    best = compute_optimum(c0, constants=constants)
    a, b = allocation(constants.alpha, constants.beta)
    return Frontier(a, b, c0, float(best.n_params), float(best.n_tokens))


def frontier_draws(draws: Bootstrap, c0: float) -> FrontierDraws:
    """Return the frontiers of a bootstrap; resamples whose loss does not fall have none."""
    A, B, alpha, beta = draws.constants.T[1:]
    good = np.isfinite(draws.constants).all(axis=1) & (alpha > 0) & (beta > 0) & (A > 0) & (B > 0)
    A, B, alpha, beta = A[good], B[good], alpha[good], beta[good]
    G = (alpha * A / (beta * B)) ** (1 / (alpha + beta))
    n = G * (c0 / 6) ** (beta / (alpha + beta))
    rows = np.stack(
        [beta / (alpha + beta), alpha / (alpha + beta), np.full(len(n), c0), n, c0 / 6 / n], axis=1
    )
    return FrontierDraws(rows, draws.resample, int((~good).sum()))
