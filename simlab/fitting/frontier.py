"""The efficient frontier: compute-optimal parameters and tokens as power laws of compute."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import DataError, UsageError
from simlab.laws.chinchilla import ComputeOptimum

Array = NDArray[np.float64]


class Frontier(NamedTuple):
    """``N = n0 (C / c0)^a`` and ``D = d0 (C / c0)^b``."""

    a: float
    b: float
    c0: float
    """The geometric mean of the budgets, FLOPs: there slope and level do not depend on each
    other."""
    n0: float
    """Compute-optimal parameters at c0."""
    d0: float
    """Compute-optimal tokens at c0."""

    def optimum(self, flops: ArrayLike) -> ComputeOptimum:
        """Return the compute-optimal parameters and tokens at ``flops``.

        >>> float(Frontier(0.5, 0.5, 1e20, 1e9, 2e10).optimum(4e20).n_params)
        2000000000.0
        """
        ratio = _positive_flops(flops) / self.c0
        return ComputeOptimum(
            np.asarray(self.n0 * ratio**self.a), np.asarray(self.d0 * ratio**self.b)
        )


@dataclass(frozen=True)
class FrontierDraws:
    """Frontiers of resampled runs, from which intervals follow."""

    frontiers: Array
    """(n_resamples, 5): the fields of `Frontier`, in their order."""
    resample: str
    n_failed: int = 0
    """Resamples without a frontier, which are left out."""

    def interval(self, name: str, level: float) -> tuple[float, float]:
        """Return the percentile interval of a field of `Frontier`."""
        return percentile_interval(self.frontiers[:, Frontier._fields.index(name)], level)

    def optimum_interval(self, flops: float, level: float) -> tuple[float, float]:
        """Return the percentile interval of the compute-optimal parameters at ``flops``."""
        return percentile_interval(self.optimal_params(flops), level)

    def optimal_params(self, flops: float) -> Array:
        """Return (n_resamples,) compute-optimal parameters at ``flops``."""
        a, _, c0, n0, _ = self.frontiers.T
        return np.asarray(n0 * (float(_positive_flops(flops)) / c0) ** a)


def fit_frontier(flops: ArrayLike, n_params: ArrayLike, n_tokens: ArrayLike) -> Frontier:
    """Fit both power laws by least squares on logarithms.

    Parameters
    ----------
    flops, n_params, n_tokens : array_like
        (n_points,) budgets and their compute-optimal parameters and tokens, positive.

    Raises DataError for fewer than two different budgets.

    References
    ----------
    Hoffmann et al. 2022, arXiv:2203.15556, section 3: ``N_opt ~ C^a``, ``D_opt ~ C^b``.

    >>> C = np.array([1e18, 1e19, 1e20])
    >>> found = fit_frontier(C, 0.1 * C**0.5, C**0.5 / 0.6)
    >>> round(found.a, 12), round(found.b, 12)
    (0.5, 0.5)
    """
    c, n, d = (np.log(np.asarray(x, np.float64)) for x in (flops, n_params, n_tokens))
    if c.size < 2 or np.ptp(c) < 1e-9:
        raise DataError(
            f"{c.size} compute-optimal points at one budget: an exponent needs two budgets or more"
        )
    a, ln_n0 = slope_and_level(c, n)
    b, ln_d0 = slope_and_level(c, d)
    return Frontier(a, b, float(np.exp(c.mean())), float(np.exp(ln_n0)), float(np.exp(ln_d0)))


def slope_and_level(x: Array, y: Array) -> tuple[float, float]:
    """Return the slope of ``y`` on ``x``, and its level at the mean of ``x``."""
    centred = x - x.mean()
    return float(centred @ y / (centred @ centred)), float(y.mean())


def percentile_interval(draws: Array, level: float) -> tuple[float, float]:
    """Return the ends of the central interval of ``draws``; raise UsageError for a bad level."""
    if not 0 < level < 1:
        raise UsageError(f"level {level}: give a coverage between 0 and 1, such as 0.9")
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _positive_flops(flops: ArrayLike) -> Array:
    c = np.asarray(flops, np.float64)
    bad = c[~(np.isfinite(c) & (c > 0))]
    if bad.size:
        raise UsageError(f"flops: {bad[0]:g} is not positive; give training FLOPs such as 1e21")
    return c
