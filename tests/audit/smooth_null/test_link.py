import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simlab.audit.smooth_null.link import link1, smooth_accuracy
from simlab.errors import UsageError
from tests.naive import smooth_null as naive

ETAS = st.floats(-12, 12)
THETAS = st.floats(0, 4)


@given(ETAS, THETAS)
@example(0.0, 0.0)
@example(1.0, 5e-324)
@example(3.0, 1e-5)
@example(-6.0, 0.4)
def test_link_is_the_formula(eta, theta):
    assert link1(eta, theta)[0] == pytest.approx(naive.accuracy(eta, theta), rel=1e-9, abs=1e-300)


@given(st.floats(-6, 4), st.floats(0.01, 4))
def test_derivatives_are_those_of_finite_differences(eta, theta):
    _, by_eta, by_theta = link1(eta, theta)
    h = 1e-6
    numeric = (naive.accuracy(eta + h, theta) - naive.accuracy(eta - h, theta)) / (2 * h)
    assert by_eta == pytest.approx(numeric, rel=1e-5, abs=1e-8)
    numeric = (naive.accuracy(eta, theta + h) - naive.accuracy(eta, theta - h)) / (2 * h)
    assert by_theta == pytest.approx(numeric, rel=1e-4, abs=1e-7)


@given(st.floats(-6, 6))
def test_series_near_theta_0_joins_the_closed_form(eta):
    edge = 1e-3 * math.exp(-eta)  # where theta e^eta is 1e-3
    if edge > 4:
        return
    below, above = link1(eta, edge * (1 - 1e-9)), link1(eta, edge * (1 + 1e-9))
    assert below == pytest.approx(above, rel=1e-6, abs=1e-12)


def test_theta_0_is_the_gumbel_curve_and_theta_1_the_logistic_one():
    eta = np.linspace(-5, 5, 21)
    assert smooth_accuracy(eta) == pytest.approx(np.exp(-np.exp(eta)), rel=1e-12)
    assert smooth_accuracy(eta, theta=1.0) == pytest.approx(1 / (1 + np.exp(eta)), rel=1e-12)


def test_slope_of_the_gumbel_curve_is_at_most_alpha_over_e():
    eta = np.linspace(-8, 8, 4001)
    slopes = [-link1(e, 0.0)[1] for e in eta]
    assert max(slopes) == pytest.approx(1 / math.e, rel=1e-5)


@given(ETAS, THETAS, st.floats(0, 0.6), st.floats(0.7, 1))
def test_accuracy_lies_between_chance_and_ceiling(eta, theta, chance, ceiling):
    p = smooth_accuracy([eta], theta=theta, chance=chance, ceiling=ceiling)[0]
    assert chance - 1e-12 <= p <= ceiling + 1e-12


@pytest.mark.parametrize(
    "bad", [{"theta": -1.0}, {"chance": 1.0}, {"chance": 0.5, "ceiling": 0.4}, {"ceiling": 1.1}]
)
def test_numbers_out_of_range_are_refused(bad):
    with pytest.raises(UsageError, match="smooth curve"):
        smooth_accuracy([0.0], **bad)
