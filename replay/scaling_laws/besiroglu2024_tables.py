"""Tables of the replication of Besiroglu et al. 2024: fits, errors, tests, and where they stop."""

from typing import Any

import numpy as np
import polars as pl

from simlab.fitting.chinchilla_fit import ChinchillaFit
from simlab.fitting.isoflop import fit_isoflop
from simlab.fitting.runs import TrainingRuns
from simlab.laws.chinchilla import HOFFMANN_ROUNDED, HOFFMANN_TEX
from simlab.table import ScoreTable

DROPPED = 5
BUDGETS = (6e18, 1e19, 3e19, 6e19, 1e20, 3e20, 6e20, 1e21, 3e21)
"""Training FLOPs of the isoFLOP runs of Hoffmann et al.; a run belongs to the nearest."""

OPTIMA = "Three optima on the same runs"
ERRORS = "Standard errors: bootstrap with NumPy's legacy seed 42"
ROWS = "First rows of the published bootstrap"
WALD = "Wald tests of the constants of Hoffmann et al., in ln A, ln B, ln E, alpha, beta"
APPROACH_2 = "Approach 2 on the same runs, by how far from a budget they may lie"
STOPPING = "Where an optimiser ends from ln A = 10, ln B = 20, ln E = -.5, alpha = 1, beta = 0"
DELTA = 1e-3
START = (10.0, 20.0, -0.5, 1.0, 0.0)
NAMES = ("A", "B", "E", "alpha", "beta")


def table_of(runs: TrainingRuns) -> ScoreTable:
    """Return one row a run; its task is the nearest of the nine budgets."""
    flops = 6 * runs.n_params * runs.n_tokens
    nearest = np.abs(np.log(flops[:, None] / np.array(BUDGETS))).argmin(axis=1)
    return ScoreTable.from_columns(
        {
            "family": "Chinchilla runs",
            "model": [f"run {i + 1}" for i in range(len(runs))],
            "scale": runs.n_params,
            "task": [f"{BUDGETS[i]:.0e} FLOPs" for i in nearest],
            "metric": "loss",
            "score": runs.loss,
            "higher_is_better": False,
            "n_tokens": runs.n_tokens,
        },
        source="read off figure 4 of Hoffmann et al. 2022",
        origin="runs",
    )


def tables_of(
    every: TrainingRuns, kept: TrainingRuns, fits: dict[str, ChinchillaFit], stopped: Any
) -> dict[str, pl.DataFrame]:
    """Return all tables by their titles.

    Parameters
    ----------
    every, kept : TrainingRuns
        All runs, and those that were fitted.
    fits : dict
        Of ``kept``, by objective.
    stopped : (n_resamples, 5) float64
        The bootstrap: `NAMES` where its optimiser stopped.
    """
    return {
        OPTIMA: _optima(fits),
        ERRORS: _standard_errors(stopped),
        ROWS: pl.DataFrame(stopped[:2], schema=list(NAMES), orient="row"),
        WALD: _wald(fits["lad"], stopped),
        APPROACH_2: _approach_2({0: every, DROPPED: kept}),
        STOPPING: _stopping(kept),
    }


def _optima(fits: dict[str, ChinchillaFit]) -> pl.DataFrame:
    rows = [
        {
            "objective": name,
            **fit.constants._asdict(),
            "value": fit.value,
            "a": fit.allocation.a,
            "best_basin": fit.certificate.share_best,
        }
        for name, fit in fits.items()
    ]
    return pl.DataFrame(rows)


def _standard_errors(stopped: Any) -> pl.DataFrame:
    """Return the standard errors, and how far that of so few resamples may be off."""
    n = len(stopped)
    centred = (stopped - stopped.mean(axis=0)) / stopped.std(axis=0)
    # of a standard deviation: its relative standard error, from the fourth moment
    share = np.sqrt(((centred**4).mean(axis=0) - 1) / (4 * n))
    return pl.DataFrame(
        {
            "parameter": NAMES,
            "standard_error": stopped.std(axis=0),
            "monte_carlo_error": stopped.std(axis=0) * share,
            "resamples": [n] * len(NAMES),
        }
    )


def _wald(fit: ChinchillaFit, stopped: Any) -> pl.DataFrame:
    """Return chi^2 of Hoffmann's constants, with the covariance of the bootstrap."""
    logs = np.column_stack([np.log(stopped[:, :3]), stopped[:, 3:]])
    covariance = np.cov(logs.T)
    rows = []
    for name, constants in (("rounded", HOFFMANN_ROUNDED), ("unrounded", HOFFMANN_TEX)):
        gap = _coordinates(fit.constants) - _coordinates(constants)
        chi2 = float(gap @ np.linalg.solve(covariance, gap))
        rows.append({"constants": name, "chi2": chi2, "degrees_of_freedom": len(gap)})
    return pl.DataFrame(rows)


def _coordinates(constants: Any) -> Any:
    c = constants
    return np.array([np.log(c.A), np.log(c.B), np.log(c.E), c.alpha, c.beta])


def _approach_2(runs: dict[int, TrainingRuns]) -> pl.DataFrame:
    """Return the exponent of N by isoFLOP parabolas, with and without the highest losses."""
    rows = []
    for within_factor in (1.1, 1.15, 1.2, 1.3, 1.5):
        row: dict[str, float] = {"within": within_factor}
        for dropped, held in runs.items():
            fit = fit_isoflop(held, budgets=BUDGETS, within=within_factor)
            row[f"a_without_{dropped}_highest"] = fit.frontier.a
            row[f"budgets_without_{dropped}"] = len(fit.used)
        rows.append(row)
    return pl.DataFrame(rows)


def _stopping(runs: TrainingRuns) -> pl.DataFrame:
    """Return the sum of Huber losses where SciPy's optimisers end with their defaults."""
    from scipy.optimize import minimize

    n, d, y = runs.logs()[:3]

    def total(point: Any) -> float:
        a, b, e, alpha, beta = point
        fitted = np.logaddexp(np.logaddexp(a - alpha * n, b - beta * d), e)
        off = np.abs(fitted - y)
        return float(np.where(off <= DELTA, off * off / 2, DELTA * (off - DELTA / 2)).sum())

    rows = []
    for method, name, share in (
        ("BFGS", "sum", 1.0),
        ("L-BFGS-B", "sum", 1.0),
        ("L-BFGS-B", "mean", 1 / len(runs)),
    ):
        done: Any = minimize(lambda point, share=share: share * total(point), START, method=method)
        rows.append(
            {
                "optimiser": method,
                "minimised": name,
                "sum_huber": total(done.x),
                "iterations": int(done.nit),
            }
        )
    return pl.DataFrame(rows)
