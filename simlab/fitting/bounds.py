"""Minima inside bounds: every set of bounds that may hold is tried, and the lowest one taken."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from simlab.errors import DataError, UsageError
from simlab.fitting.chinchilla_objective import N_THETA, Objective
from simlab.fitting.newton import Minima, minimise

Array = NDArray[np.float64]

Bounds = Mapping[str, tuple[float, float]]

_PLACES = {"E": 0, "alpha": 3, "beta": 4}


def bounds_of(bounds: Bounds, fixed: Mapping[str, float]) -> Array:
    """Return (5, 2) lowest and highest values of e, a, b, alpha, beta; infinite where free.

    Raises UsageError for a parameter other than E, alpha, beta, for one that is fixed as well,
    and for ends that are no interval.
    """
    ends = np.tile([-np.inf, np.inf], (N_THETA, 1))
    for name, (low, high) in bounds.items():
        if name not in _PLACES:
            raise UsageError(f"bounds {name!r}: only {', '.join(_PLACES)} can be bounded")
        if name in fixed:
            raise UsageError(f"bounds {name}: it is fixed at {fixed[name]:g}; give one of the two")
        if np.isnan([low, high]).any() or not low < high or high <= 0:
            raise UsageError(f"bounds {name} {low:g} to {high:g}: give a lower and a higher value")
        with np.errstate(divide="ignore"):
            pair = [max(low, 0.0), high]
            ends[_PLACES[name]] = np.log(pair) if name == "E" else [low, high]
    return ends


def minimise_within(
    starts: Array,
    runs: Array,
    objective: Objective,
    *,
    free: Sequence[bool],
    ends: Array,
    threads: int = 1,
) -> Minima:
    """Return minima of `minimise` whose lowest one lies inside ``ends``.

    Where the unbounded minimum does, it is that; else parameters are held at their bounds, in all
    combinations, and the one with the lowest objective inside is returned: its starts are those
    that found it. Raises DataError where no combination has a minimum inside.
    """
    found = minimise(starts, runs, objective, free=free, threads=threads)
    if not np.isfinite(ends).any() or _inside(found, ends):
        return found
    bounded = [k for k in range(N_THETA) if free[k] and np.isfinite(ends[k]).any()]
    lowest: Minima | None = None
    for held in product((None, 0, 1), repeat=len(bounded)):
        places = {k: ends[k, side] for k, side in zip(bounded, held, strict=True)
                  if side is not None}  # fmt: skip
        if not places or not np.isfinite(list(places.values())).all():
            continue
        begin = np.concatenate([found.theta[[found.best]], starts])
        for k, at in places.items():
            begin[:, k] = at
        moves = [f and k not in places for k, f in enumerate(free)]
        trial = minimise(np.unique(begin, axis=0), runs, objective, free=moves, threads=threads)
        if _inside(trial, ends) and (
            lowest is None or trial.values[trial.best] < lowest.values[lowest.best]
        ):
            lowest = trial
    if lowest is None:
        raise DataError("fit: no minimum lies inside the bounds; widen them")
    return lowest


def _inside(found: Minima, ends: Array) -> bool:
    theta = found.theta[found.best]
    slack = 1e-12 * (1 + np.abs(theta))
    return bool(((theta >= ends[:, 0] - slack) & (theta <= ends[:, 1] + slack)).all())
