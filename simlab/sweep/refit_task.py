"""Refits of a bootstrap as a task of engines."""

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.fitting.bootstrap import ChinchillaRefits
from simlab.fitting.curve_fit import CurveRefits
from simlab.fitting.refits import Progress, Spread, blocks, no_progress
from simlab.scenario import Context
from simlab.sweep.engine import Engine
from simlab.sweep.task import StructTask


class Block(msgspec.Struct, frozen=True):
    """Some resamples of one fit."""

    refits: ChinchillaRefits | CurveRefits
    first: int
    last: int

    def __str__(self) -> str:
        return f"resamples {self.first} to {self.last - 1}"


class RefitTask(StructTask[Block]):
    """The rows of a block of resamples, one column a value."""

    name = "simlab.sweep.refit_task:TASK"
    kind = Block

    def run(self, cell: Block, context: Context) -> pl.DataFrame:
        """Compute the refits."""
        rows = cell.refits.rows(cell.first, cell.last, threads=context.threads)
        return pl.DataFrame({str(i): column for i, column in enumerate(rows.T)})


TASK = RefitTask()


def spread_over(engine: Engine, progress: Progress = no_progress) -> Spread:
    """Return what computes the refits of a bootstrap on an engine.

    >>> from simlab.fitting.curve_fit import CurveData, bootstrap_curve, fit_curve
    >>> from simlab.sweep.engine import EngineChoice
    >>> x = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    >>> data = CurveData(x, 3.0 * x**-0.5 * np.array([1.01, 0.99, 1.0, 0.98, 1.02]))
    >>> fit = fit_curve(data, "power-law")
    >>> with EngineChoice().open() as engine:
    ...     there = bootstrap_curve(data, fit, resamples=9, spread=spread_over(engine))
    >>> np.array_equal(there.theta, bootstrap_curve(data, fit, resamples=9).theta)
    True
    """

    def spread(refits: ChinchillaRefits | CurveRefits, resamples: int) -> NDArray[np.float64]:
        parts = blocks(resamples)
        cells = [Block(refits, part.start, part.stop) for part in parts]
        found: dict[int, NDArray[np.float64]] = {}

        def done(n: float) -> None:
            progress(min(n / len(parts), 1.0) * resamples, resamples)

        engine.compute(
            TASK, cells, keep=lambda i, frame: found.update({i: frame.to_numpy()}), progress=done
        )
        return np.concatenate([found[i] for i in range(len(parts))])

    return spread
