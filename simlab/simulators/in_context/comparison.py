"""Estimators side by side at every prefix: their errors, and how far apart their predictions are.

The squared prediction difference of two estimators is E (f_A(x) - f_B(x))^2 over tasks and query
points (Akyurek et al. 2022, arXiv 2211.15661, equation 11); it and the squared error are divided
by d, so that predicting 0 has error 1.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.simulators.in_context.iterative import gradient_descent, lasso, newton
from simlab.simulators.in_context.posterior import gaussian_posterior
from simlab.simulators.in_context.recursive import least_squares, ridge
from simlab.simulators.in_context.simple import average, nearest
from simlab.simulators.in_context.tasks import Floats, draw_tasks
from simlab.streams import seed_key
from simlab.threads import map_ordered

BLOCK = 64
"""Tasks side by side in one job: the moments of so many stay in a core's nearest cache."""


class Estimators(NamedTuple):
    """Which estimators are compared, and their constants."""

    ridge: float = 0.0625
    """Penalty of ridge regression on |w|^2."""
    neighbours: int = 3
    lasso: float = 0.05
    """Penalty of LASSO on |w|_1, beside half the mean squared error."""
    gd_steps: tuple[int, ...] = (1, 5, 20)
    newton_steps: tuple[int, ...] = (1, 4, 8)

    def names(self, kind: str) -> tuple[str, ...]:
        """Return the names in the order of all results; only gaussian tasks have "bayes".

        >>> Estimators(gd_steps=(1,), newton_steps=()).names("sparse")
        ('zero', 'average', 'knn_3', 'ols', 'ridge', 'lasso', 'gd_1')
        """
        bayes = ("bayes",) if kind == "gaussian" else ()
        return (
            "zero",
            "average",
            f"knn_{self.neighbours}",
            "ols",
            "ridge",
            *bayes,
            "lasso",
            *(f"gd_{m}" for m in self.gd_steps),
            *(f"newton_{m}" for m in self.newton_steps),
        )


class Comparison(NamedTuple):
    """What came out over all tasks; index n of an axis is the prompt of n examples."""

    names: tuple[str, ...]
    error: Floats
    """(n_estimators, n_points + 1) float64: mean squared error over d."""
    stderr: Floats
    """(n_estimators, n_points + 1) float64: its standard error."""
    spd: Floats
    """(n_estimators, n_estimators, n_points + 1) float64: squared prediction difference over d."""


@kernel
def _score(predictions: Floats, truth: Floats, sums: Floats, squares: Floats, spd: Floats) -> None:
    """Add up squared errors, their squares, and squared differences, all over d already."""
    n_estimators, n_prefixes, n_tasks = predictions.shape
    for a in range(n_estimators):
        for i in range(n_prefixes):
            total, square = 0.0, 0.0
            for t in range(n_tasks):
                miss = (predictions[a, i, t] - truth[i, t]) ** 2
                total += miss
                square += miss * miss
            sums[a, i], squares[a, i] = total, square
        for b in range(a):
            for i in range(n_prefixes):
                total = 0.0
                for t in range(n_tasks):
                    total += (predictions[a, i, t] - predictions[b, i, t]) ** 2
                spd[a, b, i] = total
                spd[b, a, i] = total


def predictions(x: Floats, y: Floats, kind: str, *, sigma: float, estimators: Estimators) -> Floats:
    """Return what each estimator predicts for each point from those before it.

    Returns
    -------
    ndarray
        (n_estimators, n_points, n_tasks) float64, in the order of `Estimators.names`.
    """
    n_points, _, n_tasks = x.shape
    e, names = estimators, estimators.names(kind)
    found = np.zeros((len(names), n_points, n_tasks))
    at = {name: i for i, name in enumerate(names)}
    average(x, y, found[at["average"]])
    nearest(x, y, e.neighbours, found[at[f"knn_{e.neighbours}"]])
    least_squares(x, y, found[at["ols"]])
    ridge(x, y, e.ridge, found[at["ridge"]])
    if "bayes" in at:
        gaussian_posterior(x, y, sigma * sigma, found[at["bayes"]])
    lasso(x, y, e.lasso, found[at["lasso"]])
    rest = at["lasso"] + 1
    middle = rest + len(e.gd_steps)
    if e.gd_steps:
        gradient_descent(x, y, np.array(e.gd_steps, np.int64), found[rest:middle])
    if e.newton_steps:
        newton(x, y, np.array(e.newton_steps, np.int64), found[middle:])
    return found


def compare_estimators(
    kind: str = "gaussian",
    *,
    d: int = 8,
    points: int = 40,
    tasks: int = 20_000,
    sigma: float = 0.25,
    nonzero: int = 2,
    freedom: float = 5.0,
    estimators: Estimators | None = None,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[float], None] = lambda share: None,
) -> Comparison:
    """Return errors and squared prediction differences of all estimators at every prefix.

    Parameters
    ----------
    kind, d, sigma, nonzero, freedom
        Of the tasks; see `simlab.simulators.in_context.tasks.draw_tasks`.
    points : int
        Examples of the longest prompt; the query is one more point.
    tasks : int
        Tasks over which errors are averaged.
    estimators : Estimators, optional
        Their constants; without them, the penalty of ridge regression is ``sigma`` squared.
    seed, threads : int
        The result does not depend on ``threads``.
    progress : callable
        Takes the share of tasks done.

    Raises
    ------
    UsageError
        More neighbours than points, or another number out of its range.

    >>> found = compare_estimators(d=4, points=10, tasks=200)
    >>> ridge, bayes = found.names.index("ridge"), found.names.index("bayes")
    >>> bool(found.spd[ridge, bayes].max() < 1e-20)
    True
    """
    e = estimators or Estimators(ridge=sigma * sigma)
    check_estimators(e, points)
    key = seed_key(seed, "in-context", kind, d)
    starts = range(0, tasks, BLOCK)
    finished = [0]

    def block(first: int) -> tuple[Floats, Floats, Floats]:
        n = min(BLOCK, tasks - first)
        x, truth, y = draw_tasks(
            kind, d, points + 1, n,
            key=key, first=first, sigma=sigma, nonzero=nonzero, freedom=freedom,
        )  # fmt: skip
        found = predictions(x, y, kind, sigma=sigma, estimators=e)
        shape = found.shape[:2]
        sums, squares = np.empty(shape), np.empty(shape)
        spd = np.zeros((shape[0], *shape))
        _score(found / math.sqrt(d), truth / math.sqrt(d), sums, squares, spd)
        finished[0] += n
        progress(finished[0] / tasks)
        return sums, squares, spd

    if tasks < 2:
        raise UsageError(f"tasks {tasks}: give at least 2")
    blocks = map_ordered(block, starts, threads=threads)
    total, square, spd = (np.sum(part, axis=0) for part in zip(*blocks, strict=True))
    error = total / tasks
    stderr = np.sqrt(np.maximum(square / tasks - error**2, 0.0) / (tasks - 1))
    return Comparison(e.names(kind), error, stderr, spd / tasks)


def check_estimators(e: Estimators, points: int) -> None:
    """Raise UsageError for constants out of their range, such as more neighbours than points.

    >>> check_estimators(Estimators(neighbours=5), 4)
    Traceback (most recent call last):
    simlab.errors.UsageError: neighbours 5: a prompt of 4 points has no more than 4; give 1 to 4
    """
    if points < 1:
        raise UsageError(f"points {points}: give at least 1")
    if not 1 <= e.neighbours <= points:
        raise UsageError(
            f"neighbours {e.neighbours}: a prompt of {points} points has no more than {points}; "
            f"give 1 to {points}"
        )
    for name, value in {"ridge": e.ridge, "lasso": e.lasso}.items():
        if not 0.0 < value < math.inf:
            raise UsageError(f"{name} {value:g}: give a penalty above 0")
    counts: dict[str, Sequence[int]] = {"gd_steps": e.gd_steps, "newton_steps": e.newton_steps}
    for name, steps in counts.items():
        if list(steps) != sorted(set(steps)) or any(m < 1 for m in steps):
            given = " ".join(map(str, steps))
            raise UsageError(f"{name} {given}: give different numbers from 1, ascending")
