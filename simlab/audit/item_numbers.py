"""How many test items a score is worth: from what is stated, from its standard error, from itself.

A share s of n independent items has the standard error sqrt(s (1 - s) / n), or with n - 1 in
some programs. Read backwards it gives n; where items are clustered or earn partial credit it
gives the number of independent right-or-wrong items that would be as precise (Kish 1965, "Survey
Sampling", section 8.2).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LARGEST_INFERRED = 200
_LEAST_COUNTS = 5
"""Different shares that must agree on n: that all counts of 2n items are even has odds of 1/32."""


def rounding_error(share: Floats, curve: NDArray[np.int64], n_curves: int) -> Floats:
    """Return per point how far a share may be from its true value by the rounding of its curve.

    Parameters
    ----------
    share : ndarray
        (n_points,) float64.
    curve : ndarray
        (n_points,) int64, the number of the curve of each point.
    n_curves : int

    >>> rounding_error(np.array([0.125, 0.25, 1 / 3]), np.array([0, 0, 1]), 2).tolist()
    [0.0005, 0.0005, 6e-07]
    """
    error = np.full(n_curves, 6e-7)
    for decimals in (5, 4, 3):
        off = np.abs(share * 10.0**decimals - np.rint(share * 10.0**decimals)) > 1e-6
        rounded = np.bincount(curve[off], minlength=n_curves) == 0
        error[rounded] = 0.5 * 10.0**-decimals
    return np.asarray(error[curve])


def is_whole(share: Floats, items: Floats, error: Floats) -> NDArray[np.bool_]:
    """Return whether ``share * items`` can be a whole number, given the error of the share."""
    count = share * items
    return np.asarray(np.abs(count - np.rint(count)) <= np.minimum(items * error + 1e-9, 0.5))


def items_from_stderr(share: Floats, stderr: Floats, error: Floats) -> Floats:
    """Return the number of items that standard errors tell, NaN where they tell nothing.

    Where n or n - 1 in the formula gives a whole number of right answers of a whole number of
    items, that number is returned; else the effective number, which need not be whole.

    >>> items_from_stderr(np.array([0.672, 0.3, 1.0]), np.array([0.029752391824, 0.02, 0.0]),
    ...     np.full(3, 6e-7)).tolist()
    [250.0, 525.0, nan]
    """
    usable = (share > 0) & (share < 1) & (stderr > 0)
    s, e = np.where(usable, share, 0.5), np.where(usable, stderr, 1.0)
    n = s * (1 - s) / (e * e)
    found = n.copy()
    for offset in (0.0, 1.0):  # the divisor n - 1 is the commoner: it has the last word
        whole = np.rint(n + offset)
        near = np.abs(n + offset - whole) <= 1e-5 * n
        found = np.where(near & (whole >= 2) & is_whole(s, whole, error), whole, found)
    return np.where(usable, found, np.nan)


def items_from_shares(
    share: Floats, curve: NDArray[np.int64], n_curves: int
) -> NDArray[np.float64]:
    """Return per curve the number of items of which all its shares are whole parts, else NaN.

    The least n up to 200 counts if at least 5 different shares between 0 and 1 fit it with six
    decimals, and if n does not divide 1000, when rounding would explain it as well.

    >>> thirds = np.array([1, 2, 4, 5, 7, 8]) / 9.0
    >>> items_from_shares(thirds, np.zeros(6, np.int64), 1).tolist()
    [9.0]
    >>> items_from_shares(np.round(thirds, 2), np.zeros(6, np.int64), 1).tolist()
    [nan]
    """
    inner = (share > 0) & (share < 1)
    order = np.lexsort((share, curve))
    first = np.ones(len(share), bool)
    first[1:] = (share[order][1:] != share[order][:-1]) | (curve[order][1:] != curve[order][:-1])
    different = np.bincount(curve[order][first & inner[order]], minlength=n_curves)
    found = np.full(n_curves, np.nan)
    left = different >= _LEAST_COUNTS
    for n in range(2, _LARGEST_INFERRED + 1):
        held = left[curve]
        if not held.any():
            break
        count = share[held] * n
        misfit = np.bincount(
            curve[held][np.abs(count - np.rint(count)) > n * 6e-7], minlength=n_curves
        )
        fits = left & (misfit == 0)
        if 1000 % n:
            found[fits] = n
        left &= ~fits
    return found
