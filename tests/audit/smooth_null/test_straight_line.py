import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from simlab.audit.count_curves import CountCurves
from simlab.audit.smooth_null import sharpness
from simlab.audit.smooth_null.straight_line import LEVEL, RISE, fit_line1
from simlab.simulators.zoo.kinds import default_log_scales
from simlab.simulators.zoo.simulate import simulate
from tests.naive import smooth_null as naive

X = np.linspace(-3.0, 3.0, 8)


def fitted(share, items=200.0, chance=0.0, most_slope=1.0):
    line, n = np.empty(3), np.full(8, items)
    fit_line1(line, X, np.asarray(share, float), n, n, chance, most_slope)
    return line


def deviance(level, rise, share, items=200.0):
    p = np.clip(level + rise * X, 1e-9, 1 - 1e-9)
    return sum(items * naive.deviance(y, q) for y, q in zip(share, p, strict=True))


@pytest.mark.parametrize(("level", "rise"), [(0.4, 0.1), (0.5, 0.0), (0.7, 0.03), (0.3, 0.05)])
def test_an_exact_line_is_found(level, rise):
    line = fitted(level + rise * X)
    assert line[LEVEL] == pytest.approx(level, abs=1e-9)
    assert line[RISE] == pytest.approx(rise, abs=1e-9)


@given(st.lists(st.integers(0, 200), min_size=8, max_size=8), st.sampled_from([0.0, 0.25]))
def test_the_line_rises_within_its_bounds(counts, chance):
    line = fitted(np.array(counts) / 200, chance=chance)
    ends = line[LEVEL] + line[RISE] * X[[0, -1]]
    assert (ends >= chance - 1e-9).all()
    assert (ends <= 1 + 1e-9).all()
    assert 0.0 <= line[RISE] <= 1.0 / math.e + 1e-12


def test_inside_its_bounds_it_is_nearly_the_most_likely_line():
    rng = np.random.default_rng(3)
    for level, rise in ((0.4, 0.1), (0.5, 0.05), (0.6, 0.08)):
        share = rng.binomial(200, level + rise * X) / 200
        line = fitted(share)
        best = minimize(lambda b, y=share: deviance(*b, y), (level, rise), method="Nelder-Mead")
        assert deviance(line[LEVEL], line[RISE], share) <= best.fun + 0.02


@pytest.mark.parametrize(("n_scales", "n_items"), [(12, 1000), (24, 1000)])
def test_log_linear_curves_are_not_called_sharp_however_many_items(n_scales, n_items):
    x = default_log_scales(n_scales)
    counts = simulate("log-linear", x, n_items, n_curves=30, seed=6)
    found = sharpness(CountCurves.from_counts(x, counts, n_items), replicates=39, threads=2)
    assert found.straight.mean() > 0.8
    assert (found.p <= 0.05).sum() <= 6
    level = found.fitted.reshape(30, n_scales)
    assert np.abs(np.diff(level, 2, axis=1))[found.straight].max() < 1e-9


def test_a_step_is_no_line():
    x = default_log_scales(8)
    counts = simulate("step", x, 200, n_curves=10, seed=6)
    assert not sharpness(CountCurves.from_counts(x, counts, 200), replicates=19).straight.any()
