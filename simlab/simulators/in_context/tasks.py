"""Regression tasks: weights, points and noisy values, with tasks in the innermost axis.

A task is w and pairs (x_i, y_i), y_i = w . x_i + noise, with x_i ~ N(0, I) in d dimensions.
E|w|^2 = d and noise of variance s^2 in every kind of task, so that what depends on second moments
only, such as the error of least squares, is the same for all of them:

- gaussian: w ~ N(0, I), normal noise;
- sparse: of w only some coordinates, drawn anew for each task, are not 0, each N(0, d / some);
- heavy-tailed: Student's t noise, scaled to the same variance.
"""

import math

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.streams import child, log_gamma_variate, normal, uniform

Floats = NDArray[np.float64]

KINDS = ("gaussian", "sparse", "heavy-tailed")
_POINTS, _WEIGHTS, _NOISE, _CHOICE, _SCALE = (np.uint64(i) for i in range(5))
_SPARSE, _HEAVY = 1, 2


@kernel
def _weights1(key: np.uint64, kind: int, nonzero: int, w: Floats) -> None:
    """Draw the weights of one task; ``key`` is the task's."""
    d = len(w)
    values, choice = child(key, _WEIGHTS), child(key, _CHOICE)
    size = 1.0 if kind != _SPARSE else math.sqrt(d / nonzero)
    left = d if kind != _SPARSE else nonzero
    for j in range(d):
        # of the d - j coordinates that are left, `left` are wanted
        if kind != _SPARSE or uniform(choice, np.uint64(j)) * (d - j) < left:
            w[j] = size * normal(values, np.uint64(j))
            left -= 1
        else:
            w[j] = 0.0


@kernel
def _noise1(key: np.uint64, kind: int, i: int, freedom: float) -> float:
    """Draw the noise of point ``i`` of one task, of variance 1."""
    z = normal(child(key, _NOISE), np.uint64(i))
    if kind != _HEAVY:
        return z
    half = log_gamma_variate(child(key, _SCALE), np.uint64(i), 0.5 * freedom)
    return z * math.sqrt((freedom - 2.0) / (2.0 * math.exp(half)))


@kernel
def _draw(
    key: np.uint64, first: int, kind: int, nonzero: int, freedom: float, sigma: float,
    x: Floats, truth: Floats, y: Floats,
) -> None:  # fmt: skip
    """Fill the points, true values and noisy values of the tasks ``first``, ``first`` + 1, ..."""
    n_points, d, n_tasks = x.shape
    w = np.empty(d)
    for t in range(n_tasks):
        own = child(key, np.uint64(first + t))
        _weights1(own, kind, nonzero, w)
        points = child(own, _POINTS)
        for i in range(n_points):
            value = 0.0
            for j in range(d):
                x[i, j, t] = normal(points, np.uint64(i * d + j))
                value += w[j] * x[i, j, t]
            truth[i, t] = value
            y[i, t] = value + sigma * _noise1(own, kind, i, freedom)


def draw_tasks(
    kind: str,
    d: int,
    n_points: int,
    n_tasks: int,
    *,
    key: np.uint64,
    first: int = 0,
    sigma: float = 0.25,
    nonzero: int = 2,
    freedom: float = 5.0,
) -> tuple[Floats, Floats, Floats]:
    """Return the points, the true values w . x, and the values with noise.

    Parameters
    ----------
    kind : {"gaussian", "sparse", "heavy-tailed"}
    d, n_points, n_tasks : int
    key : uint64
        A stream; task i is the same whatever ``first`` is.
    first : int
        Number of the first task.
    sigma : float
        Standard deviation of the noise.
    nonzero : int
        Weights of a sparse task that are not 0, at most d.
    freedom : float
        Degrees of freedom of heavy-tailed noise, above 2.

    Returns
    -------
    x : (n_points, d, n_tasks) float64
    truth, y : (n_points, n_tasks) float64

    Raises
    ------
    UsageError
        The kind is unknown or a number is out of its range.

    >>> x, truth, y = draw_tasks("gaussian", 8, 41, 100, key=np.uint64(1))
    >>> x.shape, truth.shape, y.shape
    ((41, 8, 100), (41, 100), (41, 100))
    """
    if kind not in KINDS:
        raise UsageError(f"task {kind!r}: give one of {', '.join(KINDS)}")
    for name, value in {"d": d, "points": n_points, "tasks": n_tasks}.items():
        if value < 1:
            raise UsageError(f"{name} {value}: give at least 1")
    if kind == KINDS[_SPARSE] and not 1 <= nonzero <= d:
        raise UsageError(f"nonzero {nonzero}: give 1 to d = {d} weights that are not 0")
    if not freedom > 2.0:
        raise UsageError(f"freedom {freedom:g}: below 2 degrees of freedom there is no variance")
    if not 0.0 < sigma < np.inf:
        raise UsageError(f"sigma {sigma:g}: give a standard deviation above 0")
    x = np.empty((n_points, d, n_tasks))
    truth, y = np.empty((n_points, n_tasks)), np.empty((n_points, n_tasks))
    _draw(key, first, KINDS.index(kind), nonzero, freedom, sigma, x, truth, y)
    return x, truth, y
