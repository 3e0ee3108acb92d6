"""Starts of a fit: the grid of Hoffmann et al. 2022, or a part of it."""

from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.streams import seed_key, word

Array = NDArray[np.float64]

GRID = {
    "e": (-1.0, -0.5, 0.0, 0.5, 1.0),
    "a": (0.0, 5.0, 10.0, 15.0, 20.0, 25.0),
    "b": (0.0, 5.0, 10.0, 15.0, 20.0, 25.0),
    "alpha": (0.0, 0.5, 1.0, 1.5, 2.0),
    "beta": (0.0, 0.5, 1.0, 1.5, 2.0),
}
"""Values of each parameter: Hoffmann et al. 2022, arXiv:2203.15556, section D.3."""

ALL_STARTS = 4500


def hoffmann_starts(n: int = ALL_STARTS, *, seed: int = 0) -> Array:
    """Return ``n`` points (e, a, b, alpha, beta) of the grid; fewer than all are drawn from it.

    A larger ``n`` keeps the points of a smaller one. Raises UsageError for n out of range.

    >>> hoffmann_starts().shape, hoffmann_starts(2).shape
    ((4500, 5), (2, 5))
    """
    if not 1 <= n <= ALL_STARTS:
        raise UsageError(f"starts {n}: give 1 to {ALL_STARTS}, the points of the grid")
    return (_grid() if n == ALL_STARTS else _shuffled(seed)[:n]).copy()


@lru_cache(maxsize=1)
def _grid() -> Array:
    """Return all points, which are not to be changed."""
    return np.array(list(product(*GRID.values())))


@lru_cache(maxsize=2)
def _shuffled(seed: int) -> Array:
    """Return all points in the order of a seed, which is not to be changed."""
    key = seed_key(seed, "fit-starts")
    order = np.argsort([word(key, np.uint64(i)) for i in range(ALL_STARTS)], kind="stable")
    return _grid()[order]
