"""What speaks for a fit being the optimum that was asked for."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.fitting.chinchilla_objective import N_THETA, Objective, derivatives, value
from simlab.fitting.newton import Minima
from simlab.fitting.starts import GRID

Array = NDArray[np.float64]

TIGHT = 1e-9
"""Relative distance from the lowest objective within which a start has found the same basin."""

EARLY = 1e-3
"""Relative distance above the lowest objective that counts as stopped early."""

_ROUNDING = 1e-12
_EARLY_START = np.array([-0.5, 10.0, 20.0, 1.0, 0.0])


class Certificate(NamedTuple):
    """Checks of one fit; every field is computed on the runs of the fit."""

    n_starts: int
    share_best: float
    """Share of the starts that end within 1e-9 of the lowest objective, relatively."""
    share_converged: float
    next_value: float | None
    """The lowest objective of another basin, if a start ended in one."""
    gradient_norm: float
    """Largest entry of the objective's gradient in the free ones of e, a, b, alpha, beta, at the
    last delta; for ``lad`` in units of it."""
    condition_number: float
    """Of the Jacobian of ln L by the free ones of E, A, B, alpha, beta, with columns of length 1
    and A, B taken at the mean size and tokens. Above about 1000 the runs hardly tell two
    parameters apart."""
    at_grid_edge: tuple[str, ...]
    """Parameters of the grid that ended at an end of it or outside."""
    mean_stops_early: bool
    """Whether L-BFGS with SciPy's default tolerances, from e=-.5 a=10 b=20 alpha=1 beta=0, ends
    more than 0.1% higher with the mean over the runs than with the sum."""
    lbfgs_sum: float
    """Where it ends with the sum."""
    lbfgs_mean: float
    """Where it ends with the mean, times the number of runs."""


def certify(
    minima: Minima, runs: Array, objective: Objective, free: NDArray[np.bool_]
) -> Certificate:
    """Return the certificate of the best of ``minima``; ``runs`` as for `minimise`."""
    theta, lowest = minima.theta[minima.best], float(minima.values[minima.best])
    # runs without noise: residuals below rounding are all equally zero
    zero = _ROUNDING if len(objective.deltas) > 1 else _ROUNDING**2
    same = minima.values <= lowest * (1 + TIGHT) + zero * runs.shape[1]
    others = minima.values[minima.converged & ~same]
    delta = objective.deltas[-1]
    g = np.empty(N_THETA)
    matrices = np.empty((2, N_THETA, N_THETA))
    derivatives(
        theta, runs, objective.on_loss, objective.squares, delta, objective.skew, g, *matrices
    )
    unit = delta if len(objective.deltas) > 1 else 1.0
    ends = {name: (min(values), max(values)) for name, values in GRID.items()}
    edge = [
        name
        for name, place, moves in zip(ends, theta, free, strict=True)
        if moves and not ends[name][0] < place < ends[name][1]
    ]
    by_sum, by_mean = (_lbfgs(runs, objective, k) for k in (1.0, 1 / runs.shape[1]))
    return Certificate(
        n_starts=len(minima.values),
        share_best=float(same.mean()),
        share_converged=float(minima.converged.mean()),
        next_value=float(others.min()) if others.size else None,
        gradient_norm=float(np.abs(g[free]).max()) / unit if free.any() else 0.0,
        condition_number=condition_number(theta, runs, free),
        at_grid_edge=tuple(edge),
        mean_stops_early=by_mean > by_sum * (1 + EARLY),
        lbfgs_sum=by_sum,
        lbfgs_mean=by_mean,
    )


def condition_number(theta: Array, runs: Array, free: NDArray[np.bool_]) -> float:
    """Return the condition number of the scaled Jacobian: see `Certificate`."""
    e, a, b, alpha, beta = theta
    x, y = runs[0] - runs[0].mean(), runs[1] - runs[1].mean()
    parts = np.exp([np.full_like(x, e), a - alpha * runs[0], b - beta * runs[1]])
    parts /= parts.sum(axis=0)
    columns = np.array([*parts, -x * parts[1], -y * parts[2]])[free]
    lengths = np.linalg.norm(columns, axis=1)
    if not len(columns):
        return 1.0
    if not lengths.all():
        return float("inf")
    return float(np.linalg.cond(columns / lengths[:, None]))


def _lbfgs(runs: Array, objective: Objective, factor: float) -> float:
    """Return the objective where SciPy's L-BFGS-B ends if it is multiplied by ``factor``."""
    from scipy.optimize import minimize

    exact = 0.0 if len(objective.deltas) > 1 else objective.deltas[0]
    delta = objective.deltas[-1]
    unit = delta if len(objective.deltas) > 1 else 1.0
    matrices = np.empty((2, N_THETA, N_THETA))

    def function(theta: Array) -> tuple[float, Array]:
        g = np.empty(N_THETA)
        derivatives(
            theta, runs, objective.on_loss, objective.squares, delta, objective.skew, g, *matrices
        )
        f = value(theta, runs, objective.on_loss, objective.squares, exact, objective.skew)
        return factor * f, factor / unit * g

    done: Any = minimize(function, _EARLY_START, jac=True, method="L-BFGS-B")
    return float(done.fun) / factor
