"""The audit: refits against SciPy, and 10,000 curves against the clock, sharpness and the whole."""

import time

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from simlab.audit.audit import audit
from simlab.audit.count_curves import CountCurves
from simlab.audit.smooth_evidence import Question
from simlab.audit.smooth_null import sharpness
from simlab.simulators.zoo.kinds import SMOOTH, default_log_scales
from simlab.simulators.zoo.simulate import simulate
from simlab.sweep.engine import Engine
from simlab.table import ScoreTable
from tests.benchmarks.measure import Limit, SideBySide, count

Floats = NDArray[np.float64]

X = default_log_scales(8)
ITEMS = 200
REPLICATES = 999
THREADS = 2
PEER_CURVES = 3
STEPS = 0.05
"""Share of curves that break; the others are smooth, as most curves of a benchmark are."""


def zoo_curves(n_curves: int, kinds: tuple[str, ...]) -> CountCurves:
    """Return equally many curves of each kind, 8 scales of 200 items."""
    each = -(-n_curves // len(kinds))
    counts = [simulate(kind, X, ITEMS, n_curves=each, seed=1) for kind in kinds]
    return CountCurves.from_counts(X, np.concatenate(counts)[:n_curves], ITEMS)


def scipy_scans(curves: CountCurves) -> Floats:
    """Return the deviance gained by the best break of each curve, by L-BFGS-B over NumPy arrays."""
    x = X - X.mean()
    none = np.zeros(len(x))
    found = []
    for c in range(len(curves)):
        share = curves.share[curves.offsets[c] : curves.offsets[c + 1]]

        def deviance(beta: Floats, regressor: Floats, y: Floats = share) -> float:
            e = np.exp(np.clip(beta[0] - beta[1] * x - beta[4] * regressor, -30, 30))
            theta = max(beta[2], 1e-8)
            p = np.clip(beta[3] * np.exp(-np.log1p(theta * e) / theta), 1e-9, 1 - 1e-9)
            with np.errstate(divide="ignore", invalid="ignore"):
                up = np.where(y > 0, y * np.log(y / p), 0.0)
                down = np.where(y < 1, (1 - y) * np.log((1 - y) / (1 - p)), 0.0)
            lost = 2.0 * ITEMS * float((up + down).sum())
            return lost + 20.0 * (1 - beta[3]) ** 2 + 0.1 * beta[2] ** 2

        def fit(
            start: Floats, regressor: Floats, slope: float, size: float
        ) -> tuple[Floats, float]:
            bounds = [(-25, 25), (0, slope), (0, 4), (0.1, 1), (0, size)]
            done = minimize(deviance, start, (regressor,), "L-BFGS-B", bounds=bounds)
            return done.x, float(done.fun)

        smooth, null = fit(np.array([0.5, 0.4, 0.3, 0.98, 0.0]), none, 1.0, 0.0)
        gains = [null - fit(smooth, none, 20.0, 0.0)[1]]
        for knot in range(2, len(x) - 1):
            start = smooth.copy()
            start[4] = 0.1
            gains.append(null - fit(start, (np.arange(len(x)) > knot) * 1.0, 1.0, 20.0)[1])
            gains.append(null - fit(start, np.maximum(x - x[knot], 0.0), 1.0, 20.0)[1])
        found.append(max(gains))
    return np.array(found)


def _steps_stand_out(ours: tuple[Floats, ...], peer: Floats) -> None:
    assert np.median(ours[2]) > 10.0
    assert np.median(peer) > 10.0


def mixed_curves(n_curves: int) -> CountCurves:
    """Return curves of which one in twenty is a step."""
    n_steps = round(STEPS * n_curves)
    smooth, steps = zoo_curves(n_curves - n_steps, SMOOTH), zoo_curves(n_steps, ("step",))
    right = np.concatenate([smooth.right, steps.right]).reshape(n_curves, len(X))
    return CountCurves.from_counts(X, right, ITEMS)


def as_table(curves: CountCurves) -> ScoreTable:
    """Return curves as the scores that they came from."""
    return ScoreTable.from_columns(
        {
            "family": "zoo",
            "task": curves.keys["task"].gather(curves.curve),
            "metric": "accuracy",
            "scale": np.exp(curves.x),
            "score": curves.share,
            "n_items": ITEMS,
            "chance": 0.0,
        }
    )


def _audit_seconds(n_curves: int) -> float:
    audit(as_table(mixed_curves(20)), question=Question(replicates=19))  # compiled before
    table = as_table(mixed_curves(n_curves))
    start = time.perf_counter()
    found = audit(table, question=Question(replicates=REPLICATES), engine=Engine(threads=THREADS))
    seconds = time.perf_counter() - start
    steps = found.verdicts.tail(round(STEPS * n_curves))["verdict"] == "survives"
    assert steps.mean() > 0.4
    assert found.counts["survives"] < 2 * STEPS * n_curves
    return seconds


def _seconds(n_curves: int) -> float:
    curves = mixed_curves(n_curves)
    start = time.perf_counter()
    sharpness(curves, replicates=REPLICATES, threads=THREADS)
    return time.perf_counter() - start


def benchmarks(quick: bool) -> list[SideBySide | Limit]:
    few = zoo_curves(20, ("step",))
    scans = int((sharpness(few, replicates=19).replicates + 1).sum())
    n_curves = 200 if quick else 10_000
    return [
        SideBySide(
            name="sharpness, one curve of 8 scales refitted and scanned for a break",
            unit="curve",
            ours=lambda: sharpness(few, replicates=19),
            work=scans,
            peer=lambda: scipy_scans(few.take(np.arange(PEER_CURVES))),
            peer_name="SciPy L-BFGS-B",
            peer_work=PEER_CURVES,
            check=_steps_stand_out,
        ),
        Limit(
            name=f"sharpness of {count(n_curves)} curves, up to {REPLICATES} null curves each, "
            f"{THREADS} threads",
            unit="s",
            measure=lambda: _seconds(n_curves),
            goal=120.0 * n_curves / 10_000,
            rounds=1,
        ),
        Limit(
            name=f"whole audit of {count(n_curves)} curves, up to {REPLICATES} null curves each, "
            f"{THREADS} threads",
            unit="s",
            measure=lambda: _audit_seconds(n_curves),
            goal=120.0 * n_curves / 10_000,
            rounds=1,
        ),
    ]
