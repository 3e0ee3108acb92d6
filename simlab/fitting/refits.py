"""Refits of resamples, in blocks that can be computed anywhere."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Progress = Callable[[float, int], None]
"""Takes how many resamples are done, and how many there are."""

BLOCK = 64
"""Resamples that are computed together; it changes no number."""


class Refits(Protocol):
    """What the refits of one fit depend on."""

    def rows(self, first: int, last: int, *, threads: int = 1) -> Array:
        """Return one row for each of the resamples from ``first`` to before ``last``."""


Spread = Callable[[Any, int], Array]
"""Takes `Refits` and the number of resamples; returns one row a resample, in order."""


def no_progress(done: float, total: int) -> None:
    """Tell nobody."""


def blocks(resamples: int) -> list[range]:
    """Return the resamples in blocks.

    >>> blocks(100)
    [range(0, 64), range(64, 100)]
    """
    return [range(k, min(k + BLOCK, resamples)) for k in range(0, resamples, BLOCK)]


def in_threads(threads: int, progress: Progress = no_progress) -> Spread:
    """Return what computes the blocks here, one after the other."""

    def spread(refits: Refits, resamples: int) -> Array:
        found = []
        for block in blocks(resamples):
            found.append(refits.rows(block.start, block.stop, threads=threads))
            progress(block.stop, resamples)
        return np.concatenate(found)

    return spread
