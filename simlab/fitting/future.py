"""Leave the future out: fit the law to small runs, predict the large ones, and see.

A fit that describes the runs it has seen says little about those to come. Here the runs above a
budget are held out; each is predicted with an interval that holds both what the bootstrap does not
know of the law and the noise of a single run, as the residuals show it.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.errors import DataError, UsageError
from simlab.fitting.bootstrap import bootstrap_chinchilla
from simlab.fitting.bounds import Bounds
from simlab.fitting.chinchilla_fit import fit_chinchilla, log_residuals
from simlab.fitting.runs import TrainingRuns
from simlab.laws.chinchilla import chinchilla_loss
from simlab.streams import integer, seed_key

Array = NDArray[np.float64]


class FutureScore(NamedTuple):
    """How well the runs above a budget were predicted."""

    above: float
    """FLOPs: runs above were held out."""
    n_fitted: int
    n_held_out: int
    level: float
    coverage: float
    """Share of the held-out losses inside their intervals."""
    mean_error: float
    """Mean of ln(predicted / observed loss)."""
    rms_error: float
    """Its root mean square."""
    rms_fitted: float
    """Root mean square of the residuals of ln L of the fitted runs."""
    places: NDArray[np.intp]
    """(n_held_out,) places of these runs."""
    predicted: Array
    """(n_held_out,) predicted losses."""
    low: Array
    high: Array


def leave_future_out(
    runs: TrainingRuns,
    *,
    above: float | None = None,
    share: float = 0.2,
    objective: str = "huber",
    fixed: Mapping[str, float] | None = None,
    bounds: Bounds | None = None,
    starts: int = 200,
    resamples: int = 200,
    level: float = 0.9,
    seed: int = 0,
    threads: int = 1,
) -> FutureScore:
    """Fit the runs up to a budget and predict those above it.

    Parameters
    ----------
    runs : TrainingRuns
    above : float, optional
        FLOPs above which runs are held out; by default ``share`` of the runs, of which those
        with as many FLOPs as the largest fitted one stay.
    share : float
        In (0, 1).
    objective, fixed, bounds, starts, resamples, level, seed, threads
        As for `fit_chinchilla` and `bootstrap_chinchilla`.

    Raises
    ------
    DataError
        No run lies above the budget, or too few below it for a fit.
    UsageError
        ``share`` or ``level`` is out of range.

    >>> from simlab.fitting.runs import training_runs
    >>> n, d = (x.ravel() for x in np.meshgrid(np.geomspace(1e8, 1e10, 5), [2e9, 2e10, 2e11]))
    >>> loss = (1.7 + 400 / n**0.34 + 400 / d**0.28) * np.resize([1.002, 0.998], 15)
    >>> score = leave_future_out(training_runs(n, loss, n_tokens=d), starts=20, resamples=50)
    >>> score.n_held_out, score.rms_error < 0.02
    (2, True)
    """
    if not 0 < share < 1:
        raise UsageError(f"share {share:g}: give a share of the runs between 0 and 1")
    if not 0 < level < 1:
        raise UsageError(f"level {level}: give a coverage between 0 and 1, such as 0.9")
    flops = runs.flops
    if above is None:
        n_out = max(round(share * len(runs)), 1)
        above = float(np.sort(flops)[max(len(runs) - n_out - 1, 0)])
    later = flops > above
    if not later.any():
        raise DataError(
            f"no run has more than {above:.3g} FLOPs; the largest has {flops.max():.3g}: hold out "
            "above a smaller budget"
        )
    fit = fit_chinchilla(
        runs.part(~later), objective=objective, fixed=fixed, bounds=bounds, starts=starts,
        threads=threads,
    )  # fmt: skip
    draws = bootstrap_chinchilla(fit, resamples=resamples, starts=4, seed=seed, threads=threads)
    n, d, loss = runs.n_params[later], runs.n_tokens[later], runs.loss[later]
    predicted = chinchilla_loss(n, d, constants=fit.constants)
    residuals = log_residuals(fit)
    spare = np.sqrt(len(residuals) / max(len(residuals) - fit.free.sum(), 1))
    E, A, B, alpha, beta = draws.constants.T[:, :, None]
    with np.errstate(over="ignore"):
        law = np.log(E + A / n**alpha + B / d**beta)
    key = seed_key(seed, "future-noise")
    drawn = np.array([integer(key, np.uint64(i), len(residuals)) for i in range(law.size)])
    spread = law + (spare * residuals)[drawn].reshape(law.shape)
    low, high = np.exp(np.quantile(spread, [(1 - level) / 2, (1 + level) / 2], axis=0))
    error = np.log(predicted / loss)
    return FutureScore(
        above, len(residuals), int(later.sum()), level,
        float(((low <= loss) & (loss <= high)).mean()), float(error.mean()),
        float(np.sqrt((error**2).mean())), float(np.sqrt((residuals**2).mean())),
        np.flatnonzero(later), predicted, low, high,
    )  # fmt: skip
