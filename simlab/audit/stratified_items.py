"""Exact test of improvement on shared items: within each item, which scales answered it.

Where item j has one difficulty at all scales, the scales that got it right are, given their
number t_j, any t_j of the K with equal odds. So the right answers of the S largest scales are a
sum of independent hypergeometric numbers (K, t_j, S), whatever the difficulties are. With one
scale against one other this is McNemar's exact test (McNemar 1947, Psychometrika 12, 153-157);
with strata it is that of Birch 1964 (JRSS B 26, 313-324).
"""

from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import DataError

MOST_ITEMS = 2000
"""Above, the sum has too many terms; a binomial test of n / (1 - r) items then does as well."""


def stratified_p(bits: ArrayLike, n_top: int) -> float:
    """Return the one-sided p that the largest scales answer more items than the others.

    Parameters
    ----------
    bits : array_like
        (n_scales, n_items) of 0 and 1, by ascending scale.
    n_top : int
        How many of the last rows are compared with the rows before them.

    Raises
    ------
    DataError
        A value is neither 0 nor 1, or ``n_top`` leaves no group.

    >>> stratified_p([[0, 0, 0, 0, 1], [1, 1, 1, 1, 1]], 1)  # McNemar: 4 to 0
    0.0625
    """
    right = np.asarray(bits)
    if right.ndim != 2 or not np.isin(right, (0, 1)).all():
        raise DataError("stratified_p: give (n_scales, n_items) of 0 and 1")
    n_scales = len(right)
    if not 0 < n_top < n_scales:
        raise DataError(f"stratified_p: n_top {n_top} of {n_scales} scales leaves an empty group")
    observed = int(right[n_scales - n_top :].sum())
    law = np.ones(1)
    for total, n_items in zip(*np.unique(right.sum(axis=0), return_counts=True), strict=True):
        law = np.convolve(law, _power(_hypergeometric(n_scales, int(total), n_top), int(n_items)))
    return float(min(1.0, law[observed:].sum()))


def _hypergeometric(n: int, t: int, s: int) -> NDArray[np.float64]:
    """Return the probabilities of 0 .. s of s drawn positions among t of n."""
    return np.array([comb(t, k) * comb(n - t, s - k) / comb(n, s) for k in range(s + 1)])


def _power(law: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return the law of the sum of n independent draws."""
    found = np.ones(1)
    while n:
        if n & 1:
            found = np.convolve(found, law)
        n >>= 1
        if n:
            law = np.convolve(law, law)
    return found
