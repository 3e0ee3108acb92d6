"""Bootstraps on engines: the same refits, whoever computes them."""

import numpy as np
import pytest

from simlab.fitting.bootstrap import RESAMPLES, ChinchillaFit, bootstrap_chinchilla
from simlab.fitting.chinchilla_fit import fit_chinchilla
from simlab.fitting.curve_fit import CurveData, bootstrap_curve, fit_curve
from simlab.fitting.runs import training_runs
from simlab.sweep.engine import EngineChoice
from simlab.sweep.refit_task import TASK, Block, spread_over


@pytest.fixture(scope="module")
def fit() -> ChinchillaFit:
    rng = np.random.default_rng(5)
    n, d = (x.ravel() for x in np.meshgrid(np.geomspace(1e8, 1e10, 6), np.geomspace(2e9, 2e11, 6)))
    loss = (1.8 + 480 / n**0.35 + 2100 / d**0.37) * np.exp(rng.normal(0, 0.005, n.size))
    return fit_chinchilla(
        training_runs(n, loss, n_tokens=d), starts=50, bounds={"E": (0.5, float("inf"))}
    )


@pytest.mark.parametrize("resample", RESAMPLES)
def test_workers_refit_the_same_resamples(fit: ChinchillaFit, resample: str) -> None:
    asked = {"resamples": 70, "starts": 3, "resample": resample, "seed": 4}
    here = bootstrap_chinchilla(fit, **asked)
    seen: list[tuple[float, int]] = []
    with EngineChoice(workers=2).open() as engine:
        spread = spread_over(engine, lambda done, n: seen.append((done, n)))
        there = bootstrap_chinchilla(fit, spread=spread, **asked)
    np.testing.assert_array_equal(there.constants, here.constants)
    np.testing.assert_array_equal(there.values, here.values)
    assert there.share_best == here.share_best
    assert seen[-1] == (70, 70)


@pytest.mark.parametrize("resample", ["pairs", "residual"])
def test_curves_too(resample: str) -> None:
    x = np.geomspace(1, 1000, 12)
    data = CurveData(x, (3 * x**-0.4 + 0.2) * np.exp(np.random.default_rng(1).normal(0, 0.01, 12)))
    fit = fit_curve(data, "learning-curve")
    here = bootstrap_curve(data, fit, resamples=70, resample=resample)
    with EngineChoice(threads=2).open() as engine:
        there = bootstrap_curve(
            data, fit, resamples=70, resample=resample, spread=spread_over(engine)
        )
    np.testing.assert_array_equal(there.theta, here.theta)
    np.testing.assert_array_equal(there.params, here.params)


def test_a_block_comes_back_as_it_was_sent(fit: ChinchillaFit) -> None:
    sent: list[Block] = []

    def spread(refits: object, resamples: int) -> np.ndarray:
        block = Block(refits, 0, resamples)
        sent.append(block)
        return block.refits.rows(0, resamples)

    bootstrap_chinchilla(fit, resamples=2, starts=1, spread=spread)
    assert TASK.unpack(TASK.pack(sent[0])) == sent[0]
    assert str(sent[0]) == "resamples 0 to 1"
