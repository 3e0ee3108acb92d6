"""Runs whose residual goes away if a count is read in another unit.

A column in wrong units throughout is seen by its size (`simlab.fitting.runs`); single rows, such as
tokens in billions in one file of several, are seen here. Such a row lies far from all others and
bends the fit towards itself, so the law is fitted without the rows that lie far below the median.
"""

import numpy as np
from numpy.typing import NDArray

from simlab.fitting.bounds import minimise_within
from simlab.fitting.chinchilla_fit import ChinchillaFit
from simlab.fitting.chinchilla_objective import find_objective
from simlab.fitting.starts import hoffmann_starts

Array = NDArray[np.float64]

UNITS = {1e12: "trillions", 1e9: "billions", 1e6: "millions", 1e3: "thousands"}

_FAR = np.log(400.0)  # below the median: units are thousands at least
_MOST = 0.2  # share of the runs that may be far
_LARGE = 10.0  # robust standard deviations that a suspect's residual exceeds ...
_SMALL = 5.0  # ... and falls below once its unit is changed
_LEAST = 0.02  # ln loss: smaller residuals are nobody's unit
_MOST_NAMED = 5
_STARTS = 60


def unit_suspects(fit: ChinchillaFit) -> list[str]:
    """Return a sentence for each run (first five) whose count seems to be in another unit.

    >>> from simlab.fitting.chinchilla_fit import fit_chinchilla
    >>> from simlab.fitting.runs import training_runs
    >>> n, d = np.meshgrid(np.geomspace(1e8, 1e10, 5), np.geomspace(2e9, 2e12, 5))
    >>> n, d = n.ravel(), d.ravel()
    >>> loss = 1.7 + 400 / n**0.34 + 400 / d**0.28
    >>> wrong = np.where(np.arange(25) == 7, d / 1e9, d)
    >>> fit = fit_chinchilla(training_runs(n, loss, n_tokens=wrong), starts=40)
    >>> unit_suspects(fit)
    ['run 8: its residual of ln loss goes away if n_tokens 11.2 is in billions; give counts']
    """
    logs = fit.logs
    far = (logs[:2] < np.median(logs[:2], axis=1, keepdims=True) - _FAR).any(axis=0)
    if not far.any() or far.mean() > _MOST or (~far).sum() <= fit.free.sum():
        return []
    grid = hoffmann_starts(_STARTS)
    held = np.flatnonzero(~fit.free)
    grid[:, held] = fit.minima.theta[fit.minima.best, held]
    others = minimise_within(
        grid, np.ascontiguousarray(logs[:, ~far]), find_objective(fit.objective),
        free=fit.free.tolist(), ends=fit.ends,
    )  # fmt: skip
    theta = others.theta[others.best]
    rest = _residuals(theta, logs[:, ~far])
    scale = 1.4826 * float(np.median(np.abs(rest - np.median(rest))))
    said = []
    for i in np.flatnonzero(far):
        if abs(_residuals(theta, logs[:, [i]])[0]) <= max(_LARGE * scale, _LEAST):
            continue
        found = []
        for factor, unit in UNITS.items():
            for row, name in enumerate(("n_params", "n_tokens")):
                changed = logs[:, [i]].copy()
                changed[row] += np.log(factor)
                off = abs(float(_residuals(theta, changed)[0]))
                found.append((off, name, float(np.exp(logs[row, i])), unit))
        off, name, count, unit = min(found)
        if off <= max(_SMALL * scale, _LEAST):
            said.append(
                f"run {i + 1}: its residual of ln loss goes away if {name} {count:.3g} is in "
                f"{unit}; give counts"
            )
    more = len(said) - _MOST_NAMED
    return said[:_MOST_NAMED] + ([f"and {more} more runs like these"] if more > 0 else [])


def _residuals(theta: Array, logs: Array) -> Array:
    e, a, b, alpha, beta = theta
    law = np.exp(e) + np.exp(a - alpha * logs[0]) + np.exp(b - beta * logs[1])
    return np.asarray(logs[2] - np.log(law))
