import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.fitting.bootstrap import bootstrap_chinchilla
from simlab.fitting.chinchilla_fit import fit_chinchilla
from simlab.fitting.chinchilla_objective import objective_value
from tests.fitting.conftest import synthetic


@pytest.fixture(scope="module")
def runs():
    return synthetic(noise=0.005, seed=1)


def test_bounds_that_do_not_bind_change_nothing(runs):
    free = fit_chinchilla(runs, starts=20)
    loose = fit_chinchilla(runs, starts=20, bounds={"E": (0.0, 3.0), "alpha": (0.1, 1.0)})
    assert loose.constants == free.constants


def test_a_bound_that_binds_is_a_fixed_value(runs):
    free = fit_chinchilla(runs, starts=20)
    low = free.constants.E * 1.05
    bound = fit_chinchilla(runs, starts=20, bounds={"E": (low, 3.0)})
    fixed = fit_chinchilla(runs, starts=20, fixed={"E": low})
    assert pytest.approx(low, rel=1e-12) == bound.constants.E
    assert bound.value == pytest.approx(fixed.value, rel=1e-10)
    assert bound.value > free.value
    assert any("E is at its bound" in note for note in bound.notes)


def test_nothing_inside_the_box_is_lower(runs):
    """Two bounds bind at most; random points of the box, each descended by scipy, are no lower."""
    from scipy.optimize import minimize

    box = {"E": (1.75, 1.8), "beta": (0.3, 0.34)}
    found = fit_chinchilla(runs, starts=30, bounds=box, objective="log-squares")
    logs = runs.logs()
    rng = np.random.default_rng(0)
    limits = [(np.log(1.75), np.log(1.8)), (0, 15), (0, 15), (0.05, 1), (0.3, 0.34)]
    for _ in range(6):
        start = [rng.uniform(*pair) for pair in limits]
        done = minimize(
            lambda t: objective_value(t, logs, objective="log-squares") / found.value,
            start, method="L-BFGS-B", bounds=limits, options={"maxiter": 2000, "maxfun": 50000},
        )  # fmt: skip
        assert done.fun >= 1 - 1e-9
    assert 1.75 - 1e-9 <= found.constants.E <= 1.8 + 1e-9
    assert 0.3 <= found.constants.beta <= 0.34


def test_resamples_keep_the_bounds(runs):
    fit = fit_chinchilla(runs, starts=20, bounds={"E": (1.75, 1.8)})
    draws = bootstrap_chinchilla(fit, resamples=12, starts=1)
    assert (draws.constants[:, 0] >= 1.75 - 1e-9).all()
    assert (draws.constants[:, 0] <= 1.8 + 1e-9).all()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"bounds": {"A": (1.0, 2.0)}}, "bounds 'A'"),
        ({"bounds": {"E": (2.0, 1.0)}}, "bounds E 2 to 1"),
        ({"bounds": {"E": (1.0, 2.0)}, "fixed": {"E": 1.7}}, "it is fixed at 1.7"),
    ],
)
def test_bad_bounds(runs, how, words):
    with pytest.raises(UsageError, match=words):
        fit_chinchilla(runs, starts=5, **how)
