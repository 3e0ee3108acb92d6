"""Profile likelihood intervals of E, alpha and beta.

A parameter is held at a value, all others are fitted anew, and the value is in the interval as
long as the likelihood ratio is within a quantile of chi-squared. Unlike a standard error it shows
where the runs do not bound a parameter at all. The noise is normal for sums of squares and Laplace
for sums of absolute residuals, with its scale fitted as well; Huber's function has no likelihood.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.fitting.bounds import minimise_within
from simlab.fitting.chinchilla_fit import ChinchillaFit, theta_of
from simlab.fitting.chinchilla_objective import find_objective

Array = NDArray[np.float64]
Excess = Callable[[float], float]

PROFILED = ("E", "alpha", "beta")
_PLACES = {"E": 0, "alpha": 3, "beta": 4}
_HIGHEST = {"E": 1e3, "alpha": 10.0, "beta": 10.0}
_STEPS = 60


class ProfileInterval(NamedTuple):
    """Ends of an interval; None where the runs do not bound the parameter on that side."""

    low: float | None
    high: float | None


def profile_interval(fit: ChinchillaFit, name: str, *, level: float = 0.9) -> ProfileInterval:
    """Return the profile likelihood interval of ``E``, ``alpha`` or ``beta``.

    Parameters
    ----------
    fit : ChinchillaFit
        With the objective ``squares``, ``log-squares`` or ``lad``.
    name : str
    level : float
        Coverage, in (0, 1).

    Raises
    ------
    UsageError
        The parameter is none of the three or was held, the objective has no likelihood, or the
        level is out of range.

    References
    ----------
    Venzon & Moolgavkar 1988, "A method for computing profile-likelihood-based confidence
    intervals", doi:10.2307/2347496.

    >>> from simlab.fitting.chinchilla_fit import fit_chinchilla
    >>> from simlab.fitting.runs import training_runs
    >>> n, d = (x.ravel() for x in np.meshgrid([1e8, 1e9, 1e10], [2e9, 2e10, 2e11]))
    >>> loss = (1.7 + 400 / n**0.34 + 400 / d**0.28) * np.resize([1.001, 0.999], 9)
    >>> fit = fit_chinchilla(
    ...     training_runs(n, loss, n_tokens=d), objective="log-squares", starts=20
    ... )
    >>> interval = profile_interval(fit, "E")
    >>> interval.low < 1.7 < interval.high
    True
    """
    from scipy.special import chdtri

    if name not in PROFILED:
        raise UsageError(f"profile {name!r}: give one of {', '.join(PROFILED)}")
    if name in fit.fixed:
        raise UsageError(f"profile {name}: it is fixed")
    if not 0 < level < 1:
        raise UsageError(f"level {level}: give a coverage between 0 and 1, such as 0.9")
    objective = find_objective(fit.objective)
    lad = len(objective.deltas) > 1
    if not (objective.squares or lad):
        raise UsageError(
            f"profile: {fit.objective} has no likelihood; fit with the objective log-squares, "
            "squares or lad"
        )
    # of each -2 ln likelihood, the part that the fitted scale of the noise leaves
    factor = float(fit.logs[3].sum()) * (2.0 if lad else 1.0)
    limit = float(chdtri(1, 1 - level))
    place = _PLACES[name]
    optimum = theta_of(fit.constants)
    free = [bool(f) and k != place for k, f in enumerate(fit.free)]

    ends = fit.ends.copy()
    ends[place] = -np.inf, np.inf
    warm = optimum.copy()

    def excess(number: float) -> float:
        """Return the likelihood ratio at a value, less its limit."""
        start = np.array([optimum, warm])
        with np.errstate(divide="ignore"):
            start[:, place] = np.log(number) if name == "E" else number
        found = minimise_within(start, fit.logs, objective, free=free, ends=ends)
        warm[:] = found.theta[found.best]
        value = max(float(found.values[found.best]), 1e-300)
        return factor * float(np.log(value / max(fit.value, 1e-300))) - limit

    at = float(getattr(fit.constants, name))
    low = _crossing(excess, at, 0.0 if name == "E" else -_HIGHEST[name])
    warm[:] = optimum
    return ProfileInterval(low, _crossing(excess, at, _HIGHEST[name]))


def _crossing(excess: Excess, at: float, end: float) -> float | None:
    """Return where the ratio passes its limit between the optimum and ``end``; None if nowhere."""
    from scipy.optimize import brentq

    inner, step = at, 0.02 * max(abs(at), 0.05)
    for _ in range(_STEPS):
        outer = at + np.sign(end - at) * step
        if (outer - end) * np.sign(end - at) >= 0:
            outer = end
        if excess(float(outer)) > 0:
            return float(brentq(excess, inner, outer, xtol=1e-8 * max(abs(at), 1e-3), rtol=1e-8))
        if outer == end:
            return None
        inner, step = float(outer), 1.6 * step
    return None
