"""Bootstraps of approaches 1 and 2, against a loop over resamples in NumPy.

The peers get the resamples for nothing and do what one would write down: ``numpy.polyfit`` through
every budget of every resample, and ``argmin`` over the curves of every resample with the others
masked. Both sides must give the same exponents.
"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.fitting.curves import TrainingCurves
from simlab.fitting.envelope import EnvelopeFit, _draw_runs, bootstrap_envelope, fit_envelope
from simlab.fitting.frontier import FrontierDraws
from simlab.fitting.isoflop import fit_isoflop
from simlab.fitting.isoflop_bootstrap import _draw, bootstrap_isoflop
from simlab.fitting.runs import TrainingRuns
from simlab.simulators.training_runs import isoflop_design, simulate_training_runs
from simlab.streams import seed_key
from tests.benchmarks.measure import SideBySide, count

Array = NDArray[np.float64]

BUDGETS = (1e18, 3e18, 1e19, 3e19, 1e20, 3e20)
SIZES = 9


def with_polyfit(runs: TrainingRuns, rows: NDArray[np.int64]) -> Array:
    """Return the exponent of each resample of ``rows``, drawn budget by budget."""
    exponents = np.empty(len(rows))
    x, y = np.log(runs.n_params), runs.loss
    for r, drawn in enumerate(rows):
        minima, budgets = [], []
        for k, budget in enumerate(BUDGETS):
            here = drawn[k * SIZES : (k + 1) * SIZES]
            centre = x[here].mean()
            c2, c1, _ = np.polyfit(x[here] - centre, y[here], 2)
            lowest = centre - c1 / (2 * c2)
            if c2 > 0 and x[here].min() < lowest < x[here].max():
                minima.append(lowest)
                budgets.append(np.log(budget))
        exponents[r] = np.polyfit(budgets, minima, 1)[0]
    return exponents


def with_argmin(
    losses: Array, curves: TrainingCurves, fit: EnvelopeFit, taken: NDArray[np.bool_]
) -> Array:
    """Return the exponent of the envelope of the runs that each row of ``taken`` marks."""
    exponents = np.empty(len(taken))
    ln_c, n = np.log(fit.flops), curves.n_params
    for r, mask in enumerate(taken):
        some = losses[:, mask]
        winner = n[mask][some.argmin(axis=1)]
        used = np.isfinite(some.min(axis=1)) & (winner > n[mask].min()) & (winner < n[mask].max())
        exponents[r] = np.polyfit(ln_c[used], np.log(winner[used]), 1)[0]
    return exponents


def _losses(curves: TrainingCurves, fit: EnvelopeFit) -> Array:
    """Return (points, runs) losses, infinite outside of a curve."""
    out = np.empty((len(fit.flops), len(curves)))
    for run in range(len(curves)):
        part = slice(*curves.offsets[run : run + 2])
        out[:, run] = np.interp(
            np.log(fit.flops), np.log(curves.flops[part]), curves.loss[part], np.inf, np.inf
        )
    return out


def _same(ours: FrontierDraws, peer: Array) -> None:
    np.testing.assert_allclose(ours.frontiers[: len(peer), 0], peer, rtol=1e-6)


def benchmarks(quick: bool) -> list[SideBySide]:
    n, peers = (100, 20) if quick else (1000, 200)
    curves = simulate_training_runs(*isoflop_design(BUDGETS, sizes=SIZES, span=6.0))
    runs = curves.final_runs()
    profile, envelope = fit_isoflop(runs), fit_envelope(curves)
    rows = np.empty((peers, len(BUDGETS) * SIZES), np.int64)
    taken = np.zeros((peers, len(curves)), np.bool_)
    for r in range(peers):
        key = seed_key(0, "isoflop-bootstrap", "pairs", r)
        for k in range(len(BUDGETS)):
            part = rows[r, k * SIZES : (k + 1) * SIZES]
            _draw(key, k * SIZES, SIZES, part)
            part += k * SIZES
        _draw_runs(seed_key(0, "envelope-bootstrap", "pairs", r), len(curves), taken[r])
    shared: dict[str, Any] = {"unit": "resample", "work": n, "peer_work": peers, "check": _same}
    return [
        SideBySide(
            name=f"approach 2, {count(n)} resamples of 54 runs",
            ours=partial(bootstrap_isoflop, runs, profile, resamples=n, resample="pairs"),
            peer=partial(with_polyfit, runs, rows),
            peer_name="numpy.polyfit",
            goal=5.0,
            **shared,
        ),
        SideBySide(
            name=f"approach 1, {count(n)} resamples of 54 curves",
            ours=partial(bootstrap_envelope, curves, envelope, resamples=n),
            peer=partial(with_argmin, _losses(curves, envelope), curves, envelope, taken),
            peer_name="NumPy",
            goal=None,
            **shared,
        ),
    ]
