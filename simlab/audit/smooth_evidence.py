"""What the smooth null says about a batch of curves, as one frame that can be kept on disk."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.audit.count_curves import CountCurves
from simlab.audit.smooth_null import breakpoints, forecast, resolution, sharpness

Floats = NDArray[np.float64]
Progress = Callable[[float], None]

CURVE_COLUMNS: dict[str, Any] = {
    "p_sharp": pl.Float64,
    "replicates": pl.Int64,
    "statistic": pl.Float64,
    "break_kind": pl.String,
    "slope": pl.Float64,
    "slope_error": pl.Float64,
    "location": pl.Float64,
    "smooth_slope": pl.Float64,
    "theta": pl.Float64,
    "ceiling": pl.Float64,
    "rho": pl.Float64,
    "scatter": pl.Float64,
    "breakpoint": pl.Float64,
    "breakpoint_low": pl.Float64,
    "breakpoint_high": pl.Float64,
    "forecast_p": pl.Float64,
    "floor_scales": pl.Int64,
    "resolution_p": pl.Float64,
    "items_needed": pl.Float64,
}
"""Per curve: see `simlab.audit.smooth_null.sharpness.Sharpness`. The breakpoint is that of
`simlab.audit.smooth_null.breakpoint`, where p_sharp is at most ``ask``; ln scale."""
POINT_COLUMNS = ("fitted", "predicted", "predicted_low", "predicted_high")
"""Per point, as lists: the smooth fit, and the forecast of the held-out largest scales."""


class Question(NamedTuple):
    """How the smooth null is asked; part of the name of a kept batch."""

    replicates: int = 999
    most_slope: float = 1.0
    seed: int = 0
    ask: float = 0.05
    """Largest p_sharp of the curves whose breakpoint is looked for."""


def smooth_evidence(
    curves: CountCurves,
    question: Question,
    *,
    threads: int = 1,
    progress: Progress = lambda share: None,
) -> pl.DataFrame:
    """Return the columns of `CURVE_COLUMNS` and `POINT_COLUMNS`, one row a curve.

    Parameters
    ----------
    curves : CountCurves
    question : Question
    threads : int
        Results do not depend on it.
    progress : callable
        Takes the share that is done.
    """
    sharp = sharpness(
        curves,
        replicates=question.replicates,
        most_slope=question.most_slope,
        seed=question.seed,
        threads=threads,
        progress=lambda share: progress(0.9 * share),
    )
    asked = np.flatnonzero(sharp.p <= question.ask)
    places = np.full((3, len(curves)), np.nan)
    if len(asked):
        found = breakpoints(curves.take(asked), most_slope=question.most_slope, threads=threads)
        places[:, asked] = found.at, found.low, found.high
    ahead = forecast(curves, most_slope=question.most_slope, seed=question.seed, threads=threads)
    start = resolution(curves, sharp, seed=question.seed)
    progress(1.0)
    known = ~np.isnan(sharp.p)
    kinds = [kind if ok else None for kind, ok in zip(sharp.kinds, known, strict=True)]
    columns: dict[str, Any] = {
        "p_sharp": sharp.p,
        "replicates": sharp.replicates,
        "statistic": sharp.statistic,
        "break_kind": kinds,
        "slope": sharp.slope,
        "slope_error": sharp.slope_error,
        "location": sharp.location,
        "smooth_slope": sharp.smooth_slope,
        "theta": sharp.theta,
        "ceiling": sharp.ceiling,
        "rho": sharp.rho,
        "scatter": sharp.scatter,
        "breakpoint": places[0],
        "breakpoint_low": places[1],
        "breakpoint_high": places[2],
        "forecast_p": ahead.p_above,
        "floor_scales": _scales(curves, start.n_flat),
        "resolution_p": start.p,
        "items_needed": start.items_needed,
    }
    frame = pl.DataFrame(columns, schema=CURVE_COLUMNS)
    points = (sharp.fitted, ahead.predicted, ahead.low, ahead.high)
    return frame.with_columns(
        _lists(name, values, curves.offsets)
        for name, values in zip(POINT_COLUMNS, points, strict=True)
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _scales(curves: CountCurves, n_points: NDArray[np.int64]) -> list[int]:
    """Return how many scales the first points of each curve stand at."""
    starts = curves.offsets[:-1]
    return [len(np.unique(curves.x[a : a + n])) for a, n in zip(starts, n_points, strict=True)]


def _lists(name: str, values: Floats, offsets: NDArray[np.int64]) -> pl.Series:
    """Return flat values as one list a curve."""
    parts = [values[a:b] for a, b in pairwise(offsets)]
    return pl.Series(name, parts, pl.List(pl.Float64))
