"""Exact tails of the binomial distribution, and the critical count of its one-sided test."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import UsageError

MOST_ITEMS = 10**8
"""Above this the sums lose digits, and no benchmark is that long."""
_ROUNDING = 1e-12


def upper_tail(c: ArrayLike, n: ArrayLike, p: ArrayLike) -> NDArray[np.float64]:
    """Return P(X >= c) for X binomial with n trials of success p, any shapes.

    >>> float(upper_tail(2, 2, 0.5)), float(upper_tail(0, 2, 0.5)), float(upper_tail(3, 2, 0.5))
    (0.25, 1.0, 0.0)
    """
    from scipy.special import betainc

    hits, trials = np.asarray(c, np.float64), np.asarray(n, np.float64)
    inner = (hits > 0) & (hits <= trials)
    tail = betainc(np.where(inner, hits, 1.0), np.where(inner, trials - hits + 1.0, 1.0), p)
    return np.where(inner, tail, np.where(hits <= 0, 1.0, 0.0))


def rejects(c: ArrayLike, n: ArrayLike, p: float, alpha: float) -> NDArray[np.bool_]:
    """Return whether P(X >= c) is at most alpha, where equal but for rounding counts as equal.

    >>> bool(rejects(18, 35, 0.5, 0.5))  # half of all outcomes have 18 hits or more
    True
    """
    return np.asarray(upper_tail(c, n, p) <= alpha * (1.0 + _ROUNDING))


def critical_count(n: ArrayLike, p: float, alpha: float) -> NDArray[np.int64]:
    """Return the fewest hits out of n that reject "success is at most p" at level alpha.

    The smallest c with P(X >= c) <= alpha; n + 1, which no result reaches, where even n hits out
    of n are not rare enough.

    >>> critical_count([1, 10, 100], 0.25, 0.05).tolist()
    [2, 6, 33]
    """
    from scipy.special import ndtri

    trials = np.asarray(n, np.int64)
    guess = trials * p + ndtri(1.0 - alpha) * np.sqrt(trials * p * (1.0 - p))
    c = np.clip(np.floor(guess), 1, trials + 1).astype(np.int64)
    while (high := ~rejects(c, trials, p, alpha)).any():
        c = c + high
    while (low := (c > 1) & rejects(c - 1, trials, p, alpha)).any():
        c = c - low
    return np.asarray(c, np.int64)


def central_counts(n: int, p: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the counts that X takes but for 1e-15 of its mass, and their probabilities.

    >>> counts, mass = central_counts(2, 0.5)
    >>> counts.tolist(), mass.round(12).tolist()
    ([0, 1, 2], [0.25, 0.5, 0.25])
    """
    from scipy.special import gammaln, xlog1py, xlogy

    reach = 9.0 * np.sqrt(n * p * (1.0 - p)) + 40.0
    low, high = max(0, int(n * p - reach)), min(n, int(n * p + reach))
    k = np.arange(low, high + 1)
    log_mass = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    mass = np.exp(log_mass + xlogy(k, p) + xlog1py(n - k, -p))
    return k, mass / mass.sum()


def check_rates(**rates: float) -> None:
    """Raise UsageError unless each of power, alpha and the like lies between 0 and 1.

    >>> check_rates(power=0.8, alpha=0.05)
    """
    for name, value in rates.items():
        if not 0.0 < value < 1.0:
            raise UsageError(f"{name}: {value:g} lies outside 0 .. 1, ends excluded")
