"""The upper tail of the hypergeometric distribution, for exact tests of two groups of counts.

Given all m right answers of two groups of n1 and n2 items, and no difference between the groups,
the right answers of the first are hypergeometric (Fisher 1935, "The logic of inductive
inference", JRSS 98, 39-54).
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab._jit import kernel
from simlab.errors import DataError


@kernel
def _log_choose(n: float, k: float) -> float:
    return math.lgamma(n + 1.0) - math.lgamma(k + 1.0) - math.lgamma(n - k + 1.0)


@kernel
def _fisher_tail_1(a: float, n1: float, m: float, n: float) -> float:
    """Return P(X >= a): sum the terms from ``a`` away from the mode, where they only shrink."""
    least, most = max(0.0, n1 + m - n), min(n1, m)
    if a <= least:
        return 1.0
    if a > most:
        return 0.0
    up = a > n1 * m / n
    k = a if up else a - 1.0
    term = math.exp(_log_choose(m, k) + _log_choose(n - m, n1 - k) - _log_choose(n, n1))
    total = 0.0
    while term > total * 1e-17:
        total += term
        if up:
            term *= (m - k) * (n1 - k) / ((k + 1.0) * (n - m - n1 + k + 1.0))
            k += 1.0
        else:
            term *= k * (n - m - n1 + k) / ((m - k + 1.0) * (n1 - k + 1.0))
            k -= 1.0
    return min(1.0, total) if up else max(0.0, 1.0 - total)


@kernel
def _fisher_tail(counts: NDArray[np.float64], p: NDArray[np.float64]) -> None:
    for i in range(len(p)):
        p[i] = _fisher_tail_1(counts[0, i], counts[1, i], counts[2, i], counts[3, i])


def fisher_tail(
    right: ArrayLike, items: ArrayLike, all_right: ArrayLike, all_items: ArrayLike
) -> NDArray[np.float64]:
    """Return the one-sided p of ``right`` or more right answers in a group, given the total.

    Parameters
    ----------
    right, items : array_like
        (n,) whole numbers: right answers and items of the group.
    all_right, all_items : array_like
        (n,) whole numbers: of both groups together.

    Raises
    ------
    DataError
        A count is not whole, or contradicts another.

    >>> fisher_tail([3], [3], [3], [6]).round(6).tolist()
    [0.05]
    """
    counts = np.array(
        np.broadcast_arrays(*np.atleast_1d(right, items, all_right, all_items)), np.float64
    )
    a, n1, m, n = counts
    bad = (counts != np.rint(counts)).any(axis=0) | (a < 0) | (a > n1) | (a > m)
    bad |= (n1 > n) | (m > n) | (n1 - a > n - m)
    if bad.any():
        i = int(np.argmax(bad))
        raise DataError(
            f"fisher_tail: test {i + 1} has {a[i]:g} of {n1[i]:g} and {m[i]:g} of {n[i]:g} in all; "
            "give whole counts that fit each other"
        )
    p = np.empty(counts.shape[1])
    _fisher_tail(counts, p)
    return p
