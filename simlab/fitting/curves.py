"""Training curves: the loss of each run along its training."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import DataError
from simlab.fitting.runs import TrainingRuns, training_runs

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class TrainingCurves:
    """Losses of several runs along training, run after run, in the order of their tokens."""

    offsets: Ints
    """(n_runs + 1,): run i is ``[offsets[i], offsets[i + 1])`` of the points."""
    n_params: Array
    """(n_runs,) parameters N."""
    n_tokens: Array
    """(n_points,) tokens seen."""
    flops: Array
    """(n_points,) training FLOPs spent."""
    loss: Array
    """(n_points,) loss in nats per token."""
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return the number of runs."""
        return len(self.n_params)

    def final_runs(self) -> TrainingRuns:
        """Return the last point of each curve as a run."""
        last = self.offsets[1:] - 1
        return TrainingRuns(
            self.n_params, self.n_tokens[last], self.loss[last], self.notes, self.flops[last]
        )


def training_curves(
    run: ArrayLike,
    n_params: ArrayLike,
    loss: ArrayLike,
    *,
    n_tokens: ArrayLike | None = None,
    flops: ArrayLike | None = None,
    place: str = "curves",
) -> TrainingCurves:
    """Return checked curves from one row a point; points are sorted by tokens within a run.

    Parameters
    ----------
    run : array_like
        (n_points,) which run a point belongs to: names or numbers.
    n_params, loss, n_tokens, flops, place
        As for `simlab.fitting.runs.training_runs`, but one value a point; tokens and FLOPs are
        those spent until then.

    Raises
    ------
    DataError
        A value is no positive number, the units are not counts, a run changes its size, has one
        point only, or two at the same tokens.

    >>> curves = training_curves([0, 0, 1, 1], [1e9] * 2 + [2e9] * 2, [4.0, 3.0, 3.9, 2.9],
    ...                          n_tokens=[1e9, 1e10] * 2)
    >>> curves.offsets.tolist()
    [0, 2, 4]
    """
    points = training_runs(n_params, loss, n_tokens=n_tokens, flops=flops, place=place)
    names = np.asarray(run)
    if names.shape != points.loss.shape:
        raise DataError(f"{place}: run has shape {names.shape}; give one value a point")
    _, first, numbers = np.unique(names, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))  # runs stay in the order of their first point
    which = rank[numbers]
    order = np.lexsort((points.n_tokens, which))
    n, d = points.n_params[order], points.n_tokens[order]
    counts = np.bincount(which)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    shown = [str(name) for name in names[np.sort(first)]]
    if (alone := np.flatnonzero(counts < 2)).size:
        raise DataError(
            f"{place}: run {shown[alone[0]]} has one point; a curve needs two or more (final "
            "losses alone are for approach 2 or 3)"
        )
    same_run = np.diff(which[order]) == 0
    for bad, what in (
        (same_run & (np.diff(n) != 0), "changes n_params along its training"),
        (same_run & (np.diff(d) <= 0), "has two points at the same tokens"),
    ):
        if bad.any():
            name = shown[which[order][np.flatnonzero(bad)[0]]]
            raise DataError(f"{place}: run {name} {what}; give every run a name of its own")
    return TrainingCurves(offsets, n[offsets[:-1]], d, points.flops[order], points.loss[order])
