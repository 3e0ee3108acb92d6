"""Training runs: what a scaling law is fitted to, checked once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import DataError, UsageError

Array = NDArray[np.float64]

_PF_DAY = 8.64e19
_UNITS = {1e-12: "trillions", 1e-9: "billions", 1e-6: "millions", 1e-3: "thousands"}
_SMALLEST = {"n_params": 1e3, "n_tokens": 1e4, "flops": 1e9}
_NEAR = 3.0  # FLOPs counted in other ways than 6ND differ by less than this factor


@dataclass(frozen=True)
class TrainingRuns:
    """Final losses of training runs of several sizes and token budgets."""

    n_params: Array
    """(n_runs,) parameters N."""
    n_tokens: Array
    """(n_runs,) training tokens D."""
    loss: Array
    """(n_runs,) final loss in nats per token."""
    notes: tuple[str, ...] = ()
    """What a reader should know: dropped, duplicate runs."""
    counted_flops: Array | None = None
    """(n_runs,) training FLOPs as they were given, which may be counted in another way than 6ND."""

    weights: Array | None = None
    """(n_runs,) weight of each run in a fit; 1 if None."""

    @property
    def flops(self) -> Array:
        """(n_runs,) training FLOPs: as given, else 6ND."""
        six = 6 * self.n_params * self.n_tokens
        return six if self.counted_flops is None else self.counted_flops

    def __len__(self) -> int:
        """Return the number of runs."""
        return len(self.loss)

    def logs(self) -> Array:
        """Return (4, n_runs): ln N, ln D, ln L and the weight."""
        rows = [np.log(self.n_params), np.log(self.n_tokens), np.log(self.loss)]
        weights = np.ones(len(self)) if self.weights is None else self.weights
        return np.ascontiguousarray([*rows, weights])

    def part(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "TrainingRuns":
        """Return some of the runs, by a mask or by their places."""
        optional = (self.counted_flops, self.weights)
        return TrainingRuns(
            self.n_params[rows], self.n_tokens[rows], self.loss[rows], self.notes,
            *(None if values is None else values[rows] for values in optional),
        )  # fmt: skip


def training_runs(
    n_params: ArrayLike,
    loss: ArrayLike,
    *,
    n_tokens: ArrayLike | None = None,
    flops: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    drop_highest: int = 0,
    place: str = "runs",
) -> TrainingRuns:
    """Return checked runs; tokens are ``flops / (6 n_params)`` where only FLOPs are given.

    Parameters
    ----------
    n_params, loss : array_like
        (n_runs,) parameters and final loss in nats per token.
    n_tokens, flops : array_like, optional
        (n_runs,) training tokens and training FLOPs; at least one of the two.
    weights : array_like, optional
        (n_runs,) weights of the runs in a fit, positive: how often a run counts.
    drop_highest : int
        Number of runs with the highest losses that are left out.
    place : str
        What an error names, such as the file.

    Raises
    ------
    DataError
        A value is missing, not finite or not positive; the lengths differ; the numbers are not
        counts (tokens in billions, FLOPs in PF-days), by their size or by FLOPs against 6 N D.
    UsageError
        ``drop_highest`` is negative or leaves no run.

    >>> len(training_runs([1e9, 2e9, 4e9], [2.6, 2.4, 2.3], n_tokens=[2e10] * 3, drop_highest=1))
    2
    """
    columns = {"n_params": n_params, "n_tokens": n_tokens, "flops": flops, "loss": loss,
               "weights": weights}  # fmt: skip
    known = {
        name: np.atleast_1d(np.asarray(values, np.float64))
        for name, values in columns.items()
        if values is not None
    }
    if "n_tokens" not in known and "flops" not in known:
        raise DataError(f"{place}: neither n_tokens nor flops; a run needs one of them")
    for name, values in known.items():
        if values.shape != known["n_params"].shape or values.ndim != 1:
            raise DataError(f"{place}: {name} has shape {values.shape}; give one value a run")
        bad = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
        if bad.size:
            raise DataError(
                f"{place}: row {bad[0] + 1}: {name} {values[bad[0]]:g} is not a positive number; "
                "correct the row or leave it out"
            )
    _check_units(known, place)
    n, y = known["n_params"], known["loss"]
    d = known["n_tokens"] if "n_tokens" in known else known["flops"] / 6 / n
    kept, notes = _without_highest(y, drop_highest)
    n, d, y = n[kept], d[kept], y[kept]
    counted = known["flops"][kept] if "flops" in known else None
    weight = known["weights"][kept] if "weights" in known else None
    repeated = len(y) - len(np.unique(np.stack([n, d, y]), axis=1).T)
    if repeated:
        notes.append(f"{repeated} runs repeat another one in size, tokens and loss; all count")
    return TrainingRuns(n, d, y, tuple(notes), counted, weight)


def _without_highest(loss: Array, n: int) -> tuple[NDArray[np.intp], list[str]]:
    """Return the places of the runs that stay, in their order, and a note on the others."""
    if not 0 <= n < max(len(loss), 1):
        raise UsageError(f"drop-highest {n}: give a number from 0 to below {len(loss)}, the runs")
    if not n:
        return np.arange(len(loss)), []
    order = np.argsort(loss, kind="stable")
    lowest = loss[order[len(loss) - n]]
    return np.sort(order[: len(loss) - n]), [f"{n} runs with losses from {lowest:.4g} up left out"]


def _check_units(known: dict[str, Array], place: str) -> None:
    """Raise DataError where counts are in billions or PF-days: by 6 N D, then by their size."""
    if {"n_tokens", "flops"} <= set(known):
        six = 6 * known["n_params"] * known["n_tokens"]
        ratio = float(np.median(known["flops"] / six))
        told = f"{place}: flops / (6 n_params n_tokens) is {ratio:.3g} in the median, not near 1; "
        for factor in (1 / _PF_DAY, 1e-18, 1e-15):
            if 1 / _NEAR < ratio / factor < _NEAR:
                unit = {1 / _PF_DAY: "PF-days (8.64e19 FLOPs)", 1e-18: "exaFLOPs"}
                raise DataError(
                    f"{told}flops look like {unit.get(factor, 'petaFLOPs')}; give FLOPs"
                )
        for factor, unit_name in _UNITS.items():
            if 1 / _NEAR < ratio * factor < _NEAR:
                small = min(("n_params", "n_tokens"), key=lambda k: float(np.median(known[k])))
                raise DataError(f"{told}{small} looks like {unit_name}; give counts")
        if not 1e-2 < ratio < 1e2:
            raise DataError(f"{told}check the units of the three")
    for name, smallest in _SMALLEST.items():
        if name in known and (middle := float(np.median(known[name]))) < smallest:
            unit_name = "PF-days" if name == "flops" else "billions or millions"
            remedy = "FLOPs (1 PF-day is 8.64e19)" if name == "flops" else "counts such as 1e9"
            raise DataError(
                f"{place}: {name} is {middle:.3g} in the median: it looks like {unit_name}; "
                f"give {remedy}"
            )
    if "n_tokens" not in known:
        d = float(np.median(known["flops"] / 6 / known["n_params"]))
        if d < _SMALLEST["n_tokens"]:
            raise DataError(
                f"{place}: flops / (6 n_params) is {d:.3g} tokens in the median: flops look like "
                "PF-days or another unit; give FLOPs (1 PF-day is 8.64e19)"
            )
