"""The bootstrap of Besiroglu et al. 2024 as published: its resamples, its optimiser, its digits.

Their standard errors come from 4,000 resamples of the 240 runs, each fitted from one start, the
unrounded constants of Hoffmann et al., by SciPy's BFGS with an exact gradient and its default
tolerance. The objective is the sum of Huber(1e-3), while their point estimate is the ``lad`` fit.
BFGS stops at a gradient of 1e-5: half of the rows are within 1e-5 of their minima, one in ten is
more than 1e-4 off in B, and the worst 24% in A. Both are here; the standard errors hardly differ.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.fitting.chinchilla_objective import N_THETA, derivatives, find_objective
from simlab.fitting.newton import minimise
from simlab.fitting.runs import TrainingRuns
from simlab.laws.chinchilla import HOFFMANN_TEX
from simlab.threads import map_ordered

Array = NDArray[np.float64]

SEED = 42
RESAMPLES = 4000

_PAPER = (1, 2, 0, 3, 4)  # the paper's order is a, b, e, alpha, beta: BFGS's path depends on it


class BesirogluBootstrap(NamedTuple):
    """Rows of A, B, E, alpha, beta, in the order of the published table."""

    as_stopped: Array
    """(n_resamples, 5): where BFGS stops."""
    converged: Array
    """(n_resamples, 5): the minimum that the same start leads to."""


def besiroglu_bootstrap(
    runs: TrainingRuns, *, resamples: int = RESAMPLES, threads: int = 1
) -> BesirogluBootstrap:
    """Return the rows of the published bootstrap, and what they would be if converged.

    Parameters
    ----------
    runs : TrainingRuns
        The runs in the order of the published file, without the five highest losses.
    resamples : int
        The first of the 4,000 resamples: NumPy's legacy generator with seed 42, ``choice``.
    threads : int
        The result does not depend on it.

    Raises UsageError if ``resamples`` is below 1.

    References
    ----------
    Besiroglu, Erdil, Barnett & You 2024, "Chinchilla scaling: a replication attempt",
    arXiv:2404.10102, section 3.

    >>> from simlab.fitting.runs import training_runs
    >>> n, d = (x.ravel() for x in np.meshgrid([1e8, 1e9, 1e10], [2e9, 2e10, 2e11]))
    >>> runs = training_runs(n, 1.8 + 480 / n**0.35 + 2100 / d**0.37, n_tokens=d)
    >>> besiroglu_bootstrap(runs, resamples=2).as_stopped.shape
    (2, 5)
    """
    if resamples < 1:
        raise UsageError(f"resamples {resamples}: give at least 1")
    generator = np.random.RandomState(SEED)
    drawn = [generator.choice(np.arange(len(runs)), len(runs)) for _ in range(resamples)]
    logs = runs.logs()
    rows = map_ordered(lambda i: _rows(np.ascontiguousarray(logs[:, i])), drawn, threads=threads)
    stopped, converged = (np.array(column) for column in zip(*rows, strict=True))
    return BesirogluBootstrap(stopped, converged)


def _rows(logs: Array) -> tuple[Array, Array]:
    """Return where BFGS stops and the minimum, for one resample."""
    from scipy.optimize import minimize

    huber, order = find_objective("huber"), list(_PAPER)
    E, A, B, alpha, beta = HOFFMANN_TEX
    start = np.array([np.log(E), np.log(A), np.log(B), alpha, beta])
    g, matrices = np.empty(N_THETA), np.empty((2, N_THETA, N_THETA))

    def function(point: Array) -> tuple[float, Array]:
        theta = np.empty(N_THETA)
        theta[order] = point
        f = derivatives(theta, logs, False, False, huber.deltas[0], 0.0, g, *matrices)
        return f, g[order]

    done: Any = minimize(function, start[order], jac=True, method="BFGS")
    lowest = minimise(start[None], logs, huber).theta[0]
    return _plain(done.x), _plain(lowest[order])


def _plain(theta: Array) -> Array:
    return np.array([*np.exp(theta[:3]), *theta[3:]])
