"""False discovery rates over all curves: Benjamini-Hochberg and Benjamini-Yekutieli q-values.

Calling every curve with q <= alpha sharp makes the expected share of false ones among them at most
alpha: under independence and some positive dependences (Benjamini & Hochberg 1995, JRSS B 57,
289-300), or under any dependence (Benjamini & Yekutieli 2001, Annals of Statistics 29,
1165-1188).
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import DataError, UsageError

Method = Literal["bh", "by"]


def false_discovery_q(p: ArrayLike, *, method: Method = "bh") -> NDArray[np.float64]:
    """Return the q-value of each p; NaN, a test that was not made, stays NaN and counts for none.

    Parameters
    ----------
    p : array_like
        (n_tests,) in [0, 1], or NaN.
    method : {"bh", "by"}
        Benjamini-Hochberg, or Benjamini-Yekutieli: the former times 1 + 1/2 + ... + 1/n.

    Raises
    ------
    DataError
        A p lies outside 0 .. 1.
    UsageError
        Unknown method.

    >>> false_discovery_q([0.01, 0.04, float("nan"), 0.03]).round(3).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    values = np.asarray(p, np.float64)
    if method not in ("bh", "by"):
        raise UsageError(f"--fdr {method!r}: give bh or by")
    known = ~np.isnan(values)
    held = values[known]
    if ((held < 0) | (held > 1)).any():
        raise DataError(f"p {held[(held < 0) | (held > 1)][0]:g}: a p-value lies in 0 .. 1")
    q = np.full(values.shape, np.nan)
    n = len(held)
    if not n:
        return q
    order = np.argsort(held, kind="stable")
    scaled = held[order] * (n / np.arange(1.0, n + 1.0))
    if method == "by":
        scaled *= (1.0 / np.arange(1.0, n + 1.0)).sum()
    monotone = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    own = np.empty(n)
    own[order] = monotone
    q[known] = own
    return q
