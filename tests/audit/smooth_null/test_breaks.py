import numpy as np
import pytest

from simlab.audit.smooth_null.breaks import (
    HINGE,
    STEEP,
    STEP,
    first_knot,
    sharpness_statistic,
)
from simlab.audit.smooth_null.dispersion import N_RHO, prepare
from simlab.audit.smooth_null.fit import N_PARAMETERS, WORK_ROWS
from simlab.audit.smooth_null.link import smooth_accuracy
from tests.naive import smooth_null as naive

X = np.linspace(0.0, 7.0, 8)


def statistic(share, items, *, x=X, chance=0.0, most_slope=1.0, enough=np.inf):
    n = len(x)
    items = np.broadcast_to(np.asarray(items, float), (n,)).copy()
    shrink, half_log = np.empty((N_RHO, n)), np.empty(N_RHO)
    prepare(items, shrink, half_log)
    beta, gains = np.empty(N_PARAMETERS), np.empty((4, n))
    found = sharpness_statistic(
        x - x.mean(), np.asarray(share, float), items, chance, shrink, half_log, most_slope, enough,
        beta, np.empty(3), gains, np.empty(n), np.empty(N_RHO), np.empty((WORK_ROWS, N_PARAMETERS)),
    )  # fmt: skip
    return *found, beta, gains


CURVES = {
    "gumbel": np.exp(-np.exp(1.0 - 0.5 * (X - 3.5))),
    "flat": np.full(8, 0.3),
    "step": np.where(X > 3.5, 0.6, 0.05),
    "hinge": np.exp(-np.exp(1.2 - 0.1 * X - 1.5 * np.maximum(X - 4.0, 0))),
    "steep": np.exp(-np.exp(2.0 - 2.5 * (X - 3.5))),
    "linear": 0.1 + 0.1 * X,
    "floor": 0.25 + 0.75 * np.exp(-np.exp(1.0 - 0.5 * (X - 3.5))),
    "bouncing": np.array([0.14, 0.35, 0.11, 0.10, 0.32, 0.20, 0.41, 0.25]),
}


@pytest.mark.parametrize("name", ["step", "hinge", "linear"])
def test_statistic_is_that_of_slow_minima(name):
    share = np.round(CURVES[name] * 200)[1:7] / 200
    chance = 0.25 if name == "floor" else 0.0
    fast = statistic(share, 200, x=X[1:7], chance=chance)[0]
    slow = naive.statistic(X[1:7], share, np.full(6, 200.0), chance)
    assert fast == pytest.approx(slow, abs=0.05 + 0.02 * slow)


@pytest.mark.parametrize(
    ("name", "kinds"), [("step", {STEP}), ("hinge", {HINGE, STEP}), ("steep", {STEEP, STEP, HINGE})]
)
def test_breaks_are_found_and_smooth_curves_have_none(name, kinds):
    value, kind, knot, scatter, _, gains = statistic(np.round(CURVES[name] * 500) / 500, 500)
    assert value > 10
    assert kind in kinds
    assert scatter < 0.01
    assert gains[kind, knot] == value
    if name == "step":
        assert X[knot] < 3.5 < X[knot + 1]


@pytest.mark.parametrize("name", ["gumbel", "flat", "floor"])
def test_curves_of_the_null_itself_have_next_to_no_statistic(name):
    chance = 0.25 if name == "floor" else 0.0
    assert statistic(CURVES[name], 1000, chance=chance)[0] < 0.2


def test_smooth_fit_finds_the_numbers_of_a_smooth_curve():
    eta = 0.8 - 0.6 * (X - 3.5)
    share = smooth_accuracy(eta, theta=0.0, ceiling=1.0)
    beta = statistic(share, 1e5)[4]
    fitted = smooth_accuracy(
        beta[0] - beta[1] * (X - 3.5), theta=beta[2], ceiling=beta[3], chance=0.0
    )
    assert fitted == pytest.approx(share, abs=2e-3)
    assert beta[1] == pytest.approx(0.6, abs=0.05)


def test_falling_and_constant_curves_are_not_sharp():
    assert statistic(CURVES["gumbel"][::-1].copy(), 200)[0] < 1.0
    assert statistic(np.zeros(8), 200)[0] < 1e-3
    assert statistic(np.ones(8), 200)[0] < 1e-6


def test_unequal_items_count_by_their_number():
    share = CURVES["gumbel"].copy()
    share[6] += 0.3
    few = np.full(8, 500.0)
    few[6] = 2.0
    assert statistic(share, few)[0] < 1.0
    assert statistic(share, 500)[0] > 3.0


@pytest.mark.parametrize(
    ("x", "first"),
    [
        ([0, 1, 2, 3], 1),
        ([0, 1, 2, 3, 4, 5, 6, 7], 2),
        (range(12), 3),
        ([0, 0, 1, 1, 2, 2, 3, 3], 3),
        ([0, 0, 0, 0], 4),
    ],
)
def test_a_third_of_the_scales_comes_before_a_break(x, first):
    assert first_knot(np.array(x, float)) == first


@pytest.mark.parametrize("name", CURVES)
def test_a_search_for_enough_answers_as_the_whole_one(name):
    share = np.round(CURVES[name] * 200) / 200
    chance = 0.25 if name == "floor" else 0.0
    whole = statistic(share, 200, chance=chance)[0]
    for enough in (0.5 * whole, whole - 1e-9, whole + 1e-6, 2.0 * whole + 1.0, 1e6):
        asked = statistic(share, 200, chance=chance, enough=enough)[0]
        assert (asked >= enough) == (whole >= enough)
