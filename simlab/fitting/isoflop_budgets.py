"""Runs grouped by training compute: the budgets of isoFLOP profiles."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.errors import DataError, UsageError
from simlab.fitting.runs import TrainingRuns

Array = NDArray[np.float64]

HOFFMANN_BUDGETS = (6e18, 1e19, 3e19, 6e19, 1e20, 3e20, 6e20, 1e21, 3e21)
"""FLOPs of the nine profiles of Hoffmann et al. 2022, figure 3."""

_SAME = np.log(1.01)
_WIDEST = np.log(1.25)
_FEWEST = 3  # runs; with less than that in most groups, runs are alone with their FLOPs


class Budget(NamedTuple):
    """Runs of one budget."""

    flops: float
    rows: NDArray[np.intp]
    """Places of the runs, in their order."""


def isoflop_budgets(
    runs: TrainingRuns, *, budgets: Sequence[float] | None = None, within: float = 1.1
) -> tuple[list[Budget], list[str]]:
    """Return the runs by budget, in the order of compute, and what a reader should know.

    Parameters
    ----------
    runs : TrainingRuns
    budgets : sequence of float, optional
        FLOPs of the budgets. A run belongs to the nearest one on a log axis if it is within the
        factor ``within`` of it, else to none. Without them, runs whose FLOPs follow each other by
        less than 1% are one budget.
    within : float
        Above 1.

    Raises
    ------
    DataError
        Without ``budgets``: most FLOPs scatter instead of lying on budgets. With them: no run is
        near one.
    UsageError
        A budget or ``within`` is out of its range.

    >>> from simlab.fitting.runs import training_runs
    >>> n = np.array([1e8, 2e8, 4e8] * 2)
    >>> C = np.repeat([1e18, 1e19], 3)
    >>> [b.flops for b in isoflop_budgets(training_runs(n, 0 * n + 3.0, flops=C))[0]]
    [1e+18, 1e+19]
    """
    ln_c = np.log(runs.flops)
    if budgets is None:
        return _by_gaps(ln_c)
    centres = np.array(sorted({float(c) for c in budgets}))
    if not len(centres) or not (np.isfinite(centres) & (centres > 0)).all():
        raise UsageError(f"budgets {list(budgets)}: give positive FLOPs such as 1e19 1e20")
    if not (np.isfinite(within) and within > 1):
        raise UsageError(f"within {within:g}: give a factor above 1, such as 1.1")
    off = np.abs(ln_c[:, None] - np.log(centres))
    nearest, near = off.argmin(axis=1), off.min(axis=1) <= np.log(within)
    if not near.any():
        raise DataError(
            f"no run is within a factor {within:g} of the budgets; FLOPs run from "
            f"{runs.flops.min():.3g} to {runs.flops.max():.3g}"
        )
    found = [
        Budget(float(c), np.flatnonzero(near & (nearest == k)))
        for k, c in enumerate(centres)
        if (near & (nearest == k)).any()
    ]
    left = int((~near).sum())
    told = f"{left} of {len(runs)} runs are farther than a factor {within:g} from every budget"
    return found, [f"{told} and left out"] if left else []


def _by_gaps(ln_c: Array) -> tuple[list[Budget], list[str]]:
    """Return groups between gaps of more than 1%."""
    order = np.argsort(ln_c, kind="stable")
    ends = np.flatnonzero(np.diff(ln_c[order]) > _SAME) + 1
    groups = [np.sort(rows) for rows in np.split(order, ends)]
    wide = max(float(np.ptp(ln_c[rows])) for rows in groups)
    alone = sum(len(rows) for rows in groups if len(rows) < _FEWEST)
    if wide > _WIDEST or (alone > len(ln_c) / 2 and len(ln_c) > _FEWEST):
        low, high = np.exp(ln_c.min()), np.exp(ln_c.max())
        raise DataError(
            f"FLOPs of {len(ln_c)} runs scatter from {low:.3g} to {high:.3g} instead of lying on "
            "budgets: these are no isoFLOP profiles; name the budgets (--budgets 1e19 1e20 ...)"
        )
    # the geometric mean, to the digits in which the runs agree
    return [Budget(float(f"{np.exp(ln_c[rows].mean()):.12g}"), rows) for rows in groups], []
