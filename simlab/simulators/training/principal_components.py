"""The least error that so many linear coordinates allow: principal components."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import UsageError
from simlab.simulators.training.blas import single_thread_products


def principal_floor(
    fitted: ArrayLike, widths: Sequence[int], *, shown: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return the mean squared error per value that principal components leave.

    Parameters
    ----------
    fitted : (n_images, n_values) array_like
        What mean and components are fitted to.
    widths : sequence of int
        Numbers of components, from 0; beyond the number of values nothing is left.
    shown : (m_images, n_values) array_like, optional
        What is reconstructed; by default ``fitted``, and then no affine space of so many
        dimensions leaves less (Eckart & Young 1936, doi:10.1007/BF02288367).

    Raises
    ------
    UsageError
        The shapes do not fit, or a width is negative.

    >>> floor = principal_floor([[0.0, 1.0], [2.0, 1.0], [1.0, 4.0]], [0, 1, 2])
    >>> [round(float(x), 4) for x in floor]
    [1.3333, 0.3333, 0.0]
    """
    x = np.asarray(fitted, np.float64)
    other = x if shown is None else np.asarray(shown, np.float64)
    if x.ndim != 2 or other.ndim != 2 or x.shape[1] != other.shape[1] or not len(x):
        raise UsageError(f"images of shapes {x.shape} and {other.shape}; give (n_images, n_values)")
    if min(widths, default=0) < 0:
        raise UsageError(f"widths {' '.join(map(str, widths))}: give numbers from 0")
    with single_thread_products():
        mean = x.mean(axis=0)
        _, axes = np.linalg.eigh((x - mean).T @ (x - mean))
        variance = ((other - mean) @ axes[:, ::-1]) ** 2  # of each coordinate, largest first
    left = variance.mean(axis=0)[::-1].cumsum()[::-1] / x.shape[1]
    return np.array([left[w] if w < len(left) else 0.0 for w in widths])
