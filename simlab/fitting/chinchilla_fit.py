"""Approach 3 of Hoffmann et al. 2022: the Chinchilla law fitted to final losses."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.errors import DataError, UsageError
from simlab.fitting.bounds import Bounds, bounds_of, minimise_within
from simlab.fitting.certificate import Certificate, certify, condition_number
from simlab.fitting.chinchilla_objective import find_objective
from simlab.fitting.newton import Minima
from simlab.fitting.runs import TrainingRuns
from simlab.fitting.starts import ALL_STARTS, hoffmann_starts
from simlab.laws.chinchilla import ChinchillaConstants

Array = NDArray[np.float64]

_PARAMETERS = ChinchillaConstants._fields
_FIXABLE = ("E", "alpha", "beta")


class Allocation(NamedTuple):
    """How the optimum grows with compute: N ~ C^a and D ~ C^b, with a + b = 1."""

    a: float
    b: float


@dataclass(frozen=True)
class ChinchillaFit:
    """The constants that fit, and what speaks for them."""

    constants: ChinchillaConstants
    objective: str
    value: float
    """The objective, a sum over the runs."""
    n_runs: int
    fixed: tuple[str, ...]
    """Parameters that were held."""
    notes: tuple[str, ...]
    minima: Minima
    """Where every start ended."""
    logs: Array
    """What was fitted: ln N, ln D, ln L, weight."""
    free: NDArray[np.bool_]
    """Which of e, a, b, alpha, beta were fitted."""
    ends: Array
    """(5, 2) bounds of these."""

    @cached_property
    def certificate(self) -> Certificate:
        """What speaks for the optimum; worked out on first use."""
        return certify(self.minima, self.logs, find_objective(self.objective), self.free)

    @property
    def allocation(self) -> Allocation:
        """The exponents of compute-optimal parameters and tokens (Hoffmann et al., eqn 4)."""
        return allocation(self.constants.alpha, self.constants.beta)


def allocation(alpha: float, beta: float) -> Allocation:
    """Return ``a = beta / (alpha + beta)`` and ``b = alpha / (alpha + beta)``.

    >>> round(allocation(0.34, 0.28).a, 3)
    0.452
    """
    return Allocation(beta / (alpha + beta), alpha / (alpha + beta))


def fit_chinchilla(
    runs: TrainingRuns,
    *,
    objective: str = "huber",
    starts: int = ALL_STARTS,
    fixed: Mapping[str, float] | None = None,
    bounds: Bounds | None = None,
    threads: int = 1,
) -> ChinchillaFit:
    """Fit ``L = E + A / N^alpha + B / D^beta`` to final losses of training runs.

    Parameters
    ----------
    runs : TrainingRuns
        At least as many as free parameters, of at least two sizes and two token budgets.
    objective : str
        ``huber`` (Hoffmann et al.), ``lad`` (what Besiroglu et al. 2024 in effect minimised),
        ``squares`` of L, ``log-squares`` or ``asymmetric``; see
        `simlab.fitting.chinchilla_objective`.
    starts : int
        Points of Hoffmann's grid of 4,500 to start from.
    fixed : mapping, optional
        Values of E, alpha or beta that are held; E may be 0.
    bounds : mapping, optional
        Lowest and highest values of E, alpha or beta.
    threads : int
        The result does not depend on it.

    Raises
    ------
    DataError
        There are fewer runs than free parameters, or the runs do not vary in N or D.
    UsageError
        The objective is unknown, a fixed parameter is none of E, alpha, beta or out of range.

    References
    ----------
    Hoffmann et al. 2022, arXiv:2203.15556, section 3.3; Besiroglu et al. 2024, arXiv:2404.10102.

    >>> from simlab.fitting.runs import training_runs
    >>> n, d = np.meshgrid([1e8, 1e9, 1e10], [2e9, 2e10, 2e11])
    >>> loss = 1.7 + 400 / n**0.34 + 400 / d**0.28
    >>> runs = training_runs(n.ravel(), loss.ravel(), n_tokens=d.ravel())
    >>> fit = fit_chinchilla(runs, starts=20)
    >>> [round(x, 3) for x in fit.constants]
    [1.7, 400.0, 400.0, 0.34, 0.28]
    """
    found = find_objective(objective)
    begin, free = grid_with(hoffmann_starts(starts), fixed or {})
    check_variety(runs, int(free.sum()))
    logs = runs.logs()
    ends = bounds_of(bounds or {}, fixed or {})
    minima = minimise_within(begin, logs, found, free=free.tolist(), ends=ends, threads=threads)
    best = minima.best
    if not np.isfinite(minima.values[best]):
        raise DataError("fit: no start reached a finite objective; check the units of the runs")
    constants = as_constants(minima.theta[best])
    notes = list(runs.notes)
    for name, place, (low, high) in zip(_PARAMETERS, minima.theta[best], ends, strict=True):
        at_end = [abs(place - end) <= 1e-12 * (1 + abs(end)) for end in (low, high)
                  if np.isfinite(end)]  # fmt: skip
        if any(at_end):
            notes.append(f"{name} is at its bound: the runs ask for a value beyond it")
    for name, exponent in (("alpha", constants.alpha), ("beta", constants.beta)):
        if exponent <= 0:
            notes.append(f"{name} is {exponent:.4g}: loss does not fall here; no optimum exists")
    condition = condition_number(minima.theta[best], logs, free)
    if condition > 1e3:
        notes.append(
            f"condition number {condition:.3g}: the runs hardly tell two parameters apart; read "
            "the loss, not the constants"
        )
    return ChinchillaFit(
        constants, objective, float(minima.values[best]), len(runs), tuple(fixed or ()),
        tuple(notes), minima, logs, free, ends,
    )  # fmt: skip


def theta_of(constants: ChinchillaConstants) -> Array:
    """Return theta = (e, a, b, alpha, beta) of constants; e is minus infinity where E is 0."""
    with np.errstate(divide="ignore"):
        return np.array([*np.log(constants[:3]), *constants[3:]])


def log_residuals(fit: ChinchillaFit) -> Array:
    """Return (n_runs,) ln L of the runs minus that of the law."""
    x, y, z, _ = fit.logs
    e, a, b, alpha, beta = theta_of(fit.constants)
    return np.asarray(z - np.log(np.exp(e) + np.exp(a - alpha * x) + np.exp(b - beta * y)))


def as_constants(theta: Array) -> ChinchillaConstants:
    """Return E, A, B, alpha, beta of theta = (e, a, b, alpha, beta)."""
    E, A, B = (float(x) for x in np.exp(theta[:3]))
    return ChinchillaConstants(E, A, B, float(theta[3]), float(theta[4]))


def check_variety(runs: TrainingRuns, n_free: int) -> None:
    """Raise DataError where the runs cannot determine ``n_free`` parameters."""
    distinct = len(np.unique(np.stack([runs.n_params, runs.n_tokens]), axis=1).T)
    if len(runs) < n_free or distinct < n_free:
        raise DataError(
            f"{len(runs)} runs of {distinct} different (n_params, n_tokens) for {n_free} free "
            "parameters; give more runs or fix parameters"
        )
    for name, values in (("n_params", runs.n_params), ("n_tokens", runs.n_tokens)):
        if np.ptp(np.log(values)) < 1e-6:
            raise DataError(
                f"all runs have {name} {values[0]:g}: its exponent cannot be fitted; "
                "give runs of several sizes and token budgets"
            )


def grid_with(grid: Array, fixed: Mapping[str, float]) -> tuple[Array, NDArray[np.bool_]]:
    """Return the grid with the fixed parameters put in, and which parameters are free."""
    free = np.ones(len(_PARAMETERS), np.bool_)
    for name, held in fixed.items():
        if name not in _FIXABLE:
            raise UsageError(f"fixed {name!r}: only {', '.join(_FIXABLE)} can be held")
        if not np.isfinite(held) or held < 0 or (held == 0 and name != "E"):
            raise UsageError(f"fixed {name} = {held:g}: give a positive number; E may be 0")
        place = _PARAMETERS.index(name)
        free[place] = False
        with np.errstate(divide="ignore"):
            grid[:, place] = np.log(held) if name == "E" else held
    return np.unique(grid, axis=0), free
