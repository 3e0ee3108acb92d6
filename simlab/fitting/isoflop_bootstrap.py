"""Intervals of approach 2: profiles are drawn anew, their minima and the frontier follow.

Measured on 1,000 synthetic sets of 6 budgets with 9 sizes each and 0.3% noise: 90% intervals of
the exponent from ``residual`` cover the truth in 90.2% (standard error 0.9%), those of the size at
budgets up to 1e25 FLOPs in 87-90%.

All resamples are worked out at once: the minimum of a curve is a function of its coefficients,
and these are linear in the losses where the sizes stay (``residual``).
"""

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.errors import DataError, UsageError
from simlab.fitting.frontier import FrontierDraws
from simlab.fitting.isoflop import CURVES, IsoflopFit, Profile, minimum_of, powers
from simlab.fitting.resample import check_resample
from simlab.fitting.runs import TrainingRuns
from simlab.streams import integer, seed_key

Array = NDArray[np.float64]

RESAMPLES = {
    "residual": "fitted curve plus a residual of any budget, drawn with replacement",
    "pairs": "runs of each budget with replacement",
    "subsample": "80% of the runs of each budget, without replacement",
}
_SHARE = 0.8
_MOST_FAILED = 0.5


@kernel
def _draw(key: np.uint64, first: int, size: int, out: NDArray[np.int64]) -> None:
    """Fill ``out`` with draws from 0 .. size - 1, by the counters from ``first`` on."""
    for i in range(out.size):
        out[i] = integer(key, np.uint64(first + i), size)


@kernel
def _draw_part(key: np.uint64, first: int, size: int, out: NDArray[np.int64]) -> None:
    """Fill ``out`` with different places below ``size``, in order (Knuth's algorithm S)."""
    taken = 0
    for i in range(size):
        if integer(key, np.uint64(first + i), size - i) < out.size - taken:
            out[taken] = i
            taken += 1


def bootstrap_isoflop(
    runs: TrainingRuns,
    fit: IsoflopFit,
    *,
    resamples: int = 1000,
    resample: str = "residual",
    seed: int = 0,
) -> FrontierDraws:
    """Refit the profiles of ``fit`` to resampled runs.

    Parameters
    ----------
    runs : TrainingRuns
        The runs of ``fit``.
    fit : IsoflopFit
        Refused budgets stay out. A budget whose curve has no minimum inside its sizes in one
        resample is left out of that one.
    resamples : int
        More keep the former ones.
    resample : str
        One of `RESAMPLES`. Residuals are divided by ``sqrt(1 - leverage)`` and centred, as a curve
        through few runs leaves residuals that are smaller than the noise. Those of the loss itself
        are taken relative to the loss, so that budgets can lend each other theirs.
    seed : int

    Raises
    ------
    UsageError
        The resample is unknown or ``resamples`` is below 1.
    DataError
        More than half of the resamples have fewer than two budgets with a minimum.

    References
    ----------
    Davison & Hinkley 1997, "Bootstrap methods and their application", section 6.2.3.
    """
    check_resample(resample, RESAMPLES)
    if resamples < 1:
        raise UsageError(f"bootstrap {resamples}: give at least 1")
    degree = CURVES[fit.curve]
    losses = np.log(runs.loss) if fit.of == "log-loss" else runs.loss
    keys = [seed_key(seed, "isoflop-bootstrap", resample, r) for r in range(resamples)]
    if resample == "residual":
        minima = _by_residuals(fit.used, runs, losses, degree, keys, relative=fit.of == "loss")
    else:
        minima = _by_runs(fit.used, runs, losses, degree, keys, resample)
    # N D is the same at any minimum of a budget
    ln_c = np.log([p.flops for p in fit.used])
    ln_nd = np.log([p.n_params * p.n_tokens for p in fit.used])
    held = np.isfinite(minima)
    enough = held.sum(axis=1) >= 2
    if enough.mean() < 1 - _MOST_FAILED:
        raise DataError(
            f"approach 2: {np.mean(~enough):.0%} of the resamples have fewer than two budgets with "
            "a minimum; give wider profiles or more runs, or no intervals (--bootstrap 0)"
        )
    return FrontierDraws(
        _frontiers(ln_c, ln_nd, minima[enough], held[enough]), resample, int((~enough).sum())
    )


def _by_residuals(
    used: tuple[Profile, ...], runs: TrainingRuns, losses: Array, degree: int,
    keys: list[np.uint64], *, relative: bool,
) -> Array:  # fmt: skip
    """Return (n_resamples, n_budgets) ln N of the minima; noise may be relative to the loss."""
    designs, residuals = [], []
    for profile in used:
        X = powers(np.log(runs.n_params[profile.rows]) - profile.centre, degree)
        solver = np.linalg.pinv(X)
        left = 1.0 - np.einsum("ij,ji->i", X, solver)
        fitted = X @ np.array(profile.coefficients)
        unit = fitted if relative else np.ones(len(fitted))
        # a run that the curve goes through whatever its loss is has no residual to give
        own = (losses[profile.rows] - fitted) / unit / np.sqrt(np.maximum(left, 1e-300))
        residuals.append(own[left > 1e-6])
        designs.append((X, solver, fitted, unit))
    pool = np.concatenate(residuals)
    pool = pool - pool.mean()
    sizes = [len(design[0]) for design in designs]
    drawn = np.empty((len(keys), sum(sizes)), np.int64)
    for key, row in zip(keys, drawn, strict=True):
        _draw(key, 0, len(pool), row)
    minima, first = np.empty((len(keys), len(used))), 0
    for k, (X, solver, fitted, unit) in enumerate(designs):
        y = fitted + unit * pool[drawn[:, first : first + len(X)]]
        minima[:, k] = _inside(minimum_of(y @ solver.T), X[:, 1]) + used[k].centre
        first += len(X)
    return minima


def _by_runs(
    used: tuple[Profile, ...], runs: TrainingRuns, losses: Array, degree: int,
    keys: list[np.uint64], resample: str,
) -> Array:  # fmt: skip
    """Return (n_resamples, n_budgets) ln N of the minima."""
    minima, first = np.empty((len(keys), len(used))), 0
    for k, profile in enumerate(used):
        n = len(profile.rows)
        drawn = np.empty((len(keys), n if resample == "pairs" else round(_SHARE * n)), np.int64)
        for key, row in zip(keys, drawn, strict=True):
            (_draw if resample == "pairs" else _draw_part)(key, first, n, row)
        first += n
        X = powers(np.log(runs.n_params[profile.rows]) - profile.centre, degree)[drawn]
        y = losses[profile.rows][drawn]
        # resamples of too few different sizes have no curve
        varied = (np.diff(np.sort(X[:, :, 1], axis=1), axis=1) > 0).sum(axis=1) >= degree
        coefficients = np.full((len(keys), degree + 1), np.nan)
        A, b = np.einsum("rij,rik->rjk", X, X), np.einsum("rij,ri->rj", X, y)
        coefficients[varied] = np.linalg.solve(A[varied], b[varied, :, None])[:, :, 0]
        minima[:, k] = _inside(minimum_of(coefficients), X[:, :, 1]) + profile.centre
    return minima


def _inside(place: Array, u: Array) -> Array:
    """Return the minima that lie inside the sizes ``u``, NaN for the others."""
    low, high = u.min(axis=-1), u.max(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.where((place > low) & (place < high), place, np.nan)


def _frontiers(ln_c: Array, ln_nd: Array, ln_n: Array, held: NDArray[np.bool_]) -> Array:
    """Return one row of `Frontier` a resample, over the budgets that it holds."""
    count = held.sum(axis=1)
    mean_c = (held * ln_c).sum(axis=1) / count
    x = np.where(held, ln_c - mean_c[:, None], 0.0)
    n, nd = np.where(held, ln_n, 0.0), np.where(held, ln_nd, 0.0)
    d = nd - n
    square = (x * x).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (x * n).sum(axis=1) / square, (x * d).sum(axis=1) / square
    return np.stack(
        [a, b, np.exp(mean_c), np.exp(n.sum(axis=1) / count), np.exp(d.sum(axis=1) / count)], axis=1
    )
