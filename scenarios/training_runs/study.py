"""One study: a set of runs, and what each approach makes of it."""

from typing import NamedTuple

import numpy as np

from scenarios.training_runs.parameters import TrainingRunsParameters
from simlab.errors import DataError
from simlab.fitting.bootstrap import bootstrap_chinchilla
from simlab.fitting.chinchilla_fit import ChinchillaFit, fit_chinchilla
from simlab.fitting.chinchilla_frontier import frontier_draws, frontier_of
from simlab.fitting.curves import TrainingCurves
from simlab.fitting.envelope import EnvelopeFit, bootstrap_envelope, fit_envelope
from simlab.fitting.frontier import Frontier, FrontierDraws
from simlab.fitting.isoflop import IsoflopFit, fit_isoflop
from simlab.fitting.isoflop_bootstrap import bootstrap_isoflop
from simlab.simulators.training_runs import simulate_training_runs

APPROACHES = ("approach 1", "approach 2", "approach 3")

_ENVELOPE_POINTS = 400
_STARTS = 16


class Study(NamedTuple):
    """The runs and the fits of all approaches; an approach that the runs refuse is not there."""

    curves: TrainingCurves
    envelope: EnvelopeFit | None
    isoflop: IsoflopFit | None
    chinchilla: ChinchillaFit | None
    frontiers: dict[str, tuple[Frontier, FrontierDraws]]


def run_study(p: TrainingRunsParameters, seed: int, *, resamples: int | None = None) -> Study:
    """Simulate the runs of ``seed`` and fit them in three ways, each with its intervals.

    Approach 2 and 3 see the final losses, approach 1 the whole curves. The noise is normal in
    ln L, so both fit ln L, approach 3 by least squares.
    """
    curves = simulate_training_runs(*p.design, training=p.training, seed=seed)
    runs = curves.final_runs()
    n = resamples or p.resamples
    found: dict[str, tuple[Frontier, FrontierDraws]] = {}
    envelope: EnvelopeFit | None = None
    isoflop: IsoflopFit | None = None
    chinchilla: ChinchillaFit | None = None
    try:
        envelope = fit_envelope(curves, points=_ENVELOPE_POINTS)
        draws = bootstrap_envelope(curves, envelope, resamples=n, seed=seed)
        found["approach 1"] = (envelope.frontier, draws)
    except DataError:
        pass
    try:
        isoflop = fit_isoflop(runs, of="log-loss")
        found["approach 2"] = (
            isoflop.frontier,
            bootstrap_isoflop(runs, isoflop, resamples=n, seed=seed),
        )
    except DataError:
        pass
    chinchilla = fit_chinchilla(runs, starts=_STARTS, objective="log-squares")
    if chinchilla.constants.alpha > 0 and chinchilla.constants.beta > 0:
        c0 = float(np.exp(np.log(runs.flops).mean()))
        refits = bootstrap_chinchilla(chinchilla, resamples=n, starts=1, seed=seed)
        found["approach 3"] = (frontier_of(chinchilla.constants, c0), frontier_draws(refits, c0))
    return Study(curves, envelope, isoflop, chinchilla, found)
