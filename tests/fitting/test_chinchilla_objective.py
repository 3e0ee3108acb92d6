import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.fitting.chinchilla_objective import (
    OBJECTIVES,
    derivatives,
    find_objective,
    objective_value,
    value,
)
from tests.naive import fits as naive

KINDS = sorted(OBJECTIVES)
THETAS = st.tuples(
    st.floats(-1, 1), st.floats(0, 10), st.floats(0, 10), st.floats(0, 1), st.floats(0, 1)
)
RUNS = st.lists(
    st.tuples(st.floats(16, 25), st.floats(20, 28), st.floats(0.5, 1.5), st.floats(0, 3)),
    min_size=1,
    max_size=12,
)


def evaluate(theta, runs, kind, delta):
    objective = OBJECTIVES[kind]
    g, H, M = np.empty(5), np.empty((5, 5)), np.empty((5, 5))
    columns = np.ascontiguousarray(np.array(runs).T)
    o = objective
    f = derivatives(np.array(theta), columns, o.on_loss, o.squares, delta, o.skew, g, H, M)
    return f, g, H, M


@pytest.mark.parametrize("kind", KINDS)
@given(theta=THETAS, runs=RUNS)
def test_objective_and_gradient_against_plain_python(kind, theta, runs):
    delta = OBJECTIVES[kind].deltas[0]
    f, g, _, _ = evaluate(theta, runs, kind, delta)
    total, gradient = naive.chinchilla_objective(list(theta), runs, kind, delta)
    assert f == pytest.approx(total, rel=1e-11, abs=1e-300)
    np.testing.assert_allclose(g, gradient, rtol=1e-9, atol=1e-11 * (1 + np.abs(gradient).max()))
    objective = OBJECTIVES[kind]
    columns = np.ascontiguousarray(np.array(runs).T)
    o = objective
    alone = value(np.array(theta), columns, o.on_loss, o.squares, delta, o.skew)
    assert alone == pytest.approx(f, rel=1e-11, abs=1e-300)


@pytest.mark.parametrize("kind", KINDS)
def test_hessian_is_the_difference_of_gradients(kind):
    rng = np.random.default_rng(3)
    theta = np.array([0.5, 6.0, 7.0, 0.34, 0.3])
    x, y = rng.uniform(17, 23, 30), rng.uniform(21, 26, 30)
    z = np.log(np.exp(0.5) + np.exp(6 - 0.34 * x) + np.exp(7 - 0.3 * y))
    # residuals on both sides of delta, none within a step of it
    runs = np.stack([x, y, z + np.resize([4e-4, -3e-4, 0.02, -0.03], 30), rng.uniform(1, 2, 30)]).T
    delta, step = 1e-3 if kind in ("huber", "lad", "asymmetric") else 1.0, 1e-6
    _, _, H, M = evaluate(theta, runs, kind, delta)
    for k in range(5):
        ends = []
        for sign in (-1, 1):
            moved = theta.copy()
            moved[k] += sign * step
            ends.append(evaluate(moved, runs, kind, delta)[1])
        difference = (ends[1] - ends[0]) / (2 * step)
        np.testing.assert_allclose(H[k], difference, rtol=2e-5, atol=1e-6 * np.abs(H).max())
    assert (H == H.T).all()
    assert (M == M.T).all()
    assert np.linalg.eigvalsh(M).min() > 0


@given(theta=THETAS, runs=RUNS)
def test_lad_is_the_limit_of_huber_over_delta(theta, runs):
    columns = np.ascontiguousarray(np.array(runs).T)
    smooth = evaluate(theta, runs, "lad", 1e-9)[0] / 1e-9
    exact = objective_value(theta, columns, objective="lad")
    assert exact == pytest.approx(smooth, abs=1e-9 * (1 + columns[3].sum()))


@given(theta=THETAS, runs=RUNS)
def test_a_weight_of_two_is_a_run_twice(theta, runs):
    once = np.ascontiguousarray(np.array(runs).T)
    double = once.copy()
    double[3] *= 2
    twice = np.ascontiguousarray(np.hstack([once, once]))
    for kind in KINDS:
        assert objective_value(theta, double, objective=kind) == pytest.approx(
            objective_value(theta, twice, objective=kind), rel=1e-11, abs=1e-300
        )


def test_unknown_objective_and_odd_theta():
    with pytest.raises(UsageError, match="did you mean 'huber'"):
        find_objective("hubber")
    with pytest.raises(UsageError, match="theta"):
        objective_value([1.0, 2.0], np.ones((4, 3)))
