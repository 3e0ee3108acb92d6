"""Where a training run starts: random weights, and examples in a random order."""

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.streams import integer, normal, uniform


@kernel
def fill_normal(key: np.uint64, deviation: float, out: NDArray[np.floating]) -> None:
    """Fill ``out``, (n,) float, with normal draws of mean 0; draw i comes from counter i.

    >>> out = np.empty(2, np.float32)
    >>> fill_normal(np.uint64(1), 0.5, out)
    >>> bool(np.all(out != 0))
    True
    """
    for i in range(out.shape[0]):
        out[i] = deviation * normal(key, np.uint64(i))


@kernel
def fill_uniform(key: np.uint64, bound: float, out: NDArray[np.float32]) -> None:
    """Fill ``out``, (n,) float32, with uniform draws from +-``bound``; draw i is of counter i."""
    for i in range(out.shape[0]):
        out[i] = np.float32((2.0 * uniform(key, np.uint64(i)) - 1.0) * bound)


@kernel
def shuffle(key: np.uint64, items: NDArray[np.int32]) -> None:
    """Shuffle ``items``, (n,) int32 with n <= 2^31, in place (Fisher & Yates; Durstenfeld 1964).

    >>> items = np.arange(5, dtype=np.int32)
    >>> shuffle(np.uint64(1), items)
    >>> sorted(items.tolist())
    [0, 1, 2, 3, 4]
    """
    for i in range(items.shape[0] - 1, 0, -1):
        j = integer(key, np.uint64(i), i + 1)
        items[i], items[j] = items[j], items[i]
