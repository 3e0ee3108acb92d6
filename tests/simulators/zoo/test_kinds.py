"""Kinds of the zoo one by one: closed forms, slopes, limits, and integrals done another way."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from simlab.simulators.zoo.breaks import BrokenPowerLaw, Hinge, LossThreshold, Step
from simlab.simulators.zoo.difficulty import GammaDifficulty, LogNormalDifficulty
from simlab.simulators.zoo.kinds import KINDS, default_log_scales
from simlab.simulators.zoo.mirage import Mirage
from simlab.simulators.zoo.quantisation import Quanta
from simlab.simulators.zoo.seed_mixture import SeedMixture
from simlab.simulators.zoo.simulate import expected_scores, simulate, simulate_scores
from simlab.simulators.zoo.smooth import Gumbel, Logistic, LogLinear
from simlab.simulators.zoo.sparse_parity import SparseParity

X = default_log_scales()
slopes = st.floats(-1.0, -0.05)
sizes = st.floats(1e7, 1e12)


def eta(score: np.ndarray) -> np.ndarray:
    return np.log(-np.log(score))


@given(slopes, sizes)
def test_gumbel_is_a_line_and_never_steeper_than_alpha_over_e(slope: float, half_at: float) -> None:
    x = np.log(half_at) + np.linspace(-3, 3, 200)
    score = expected_scores(Gumbel(slope=slope, half_at=half_at), x)
    assert np.diff(eta(score)) / np.diff(x) == pytest.approx(slope, abs=1e-9)
    assert np.abs(np.diff(score) / np.diff(x)).max() <= -slope / math.e + 1e-12
    assert np.interp(np.log(half_at), x, score) == pytest.approx(0.5, abs=1e-4)


def test_logistic_and_linear() -> None:
    score = expected_scores(Logistic(steepness=0.7, half_at=1e9), X)
    odds = np.log(score / (1 - score))
    assert odds == pytest.approx(0.7 * (X - np.log(1e9)), abs=1e-12)
    line = expected_scores(LogLinear(low=0.1, high=0.7), np.log([1e8, 1e9, 1e11, 1e13, 1e4]))
    assert line == pytest.approx([0.1, 0.3, 0.7, 1.0, 0.0])


def test_no_difficulty_is_gumbel_and_theta_one_is_logistic() -> None:
    same = expected_scores(Gumbel(), X)
    assert expected_scores(GammaDifficulty(theta=0.0), X) == pytest.approx(same, rel=1e-12)
    assert expected_scores(GammaDifficulty(theta=1e-9), X) == pytest.approx(same, rel=1e-7)
    assert expected_scores(LogNormalDifficulty(sigma=0.0), X) == pytest.approx(same, rel=1e-12)
    loss = np.log(2) * np.exp(-0.5 * (X - np.log(3e9)))
    assert expected_scores(GammaDifficulty(theta=1.0), X) == pytest.approx(1 / (1 + loss))


@pytest.mark.parametrize("spread", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("x", X[::4])
def test_difficulty_against_quadrature(spread: float, x: float) -> None:
    loss = np.log(2) * np.exp(-0.5 * (x - np.log(3e9)))
    q = (np.arange(20_000) + 0.5) / 20_000
    mean = np.exp(-loss * stats.gamma(1 / spread, scale=spread).ppf(q)).mean()
    assert expected_scores(GammaDifficulty(theta=spread), [x])[0] == pytest.approx(mean, abs=1e-4)

    def density(z: float) -> float:
        return float(stats.norm.pdf(z) * np.exp(-loss * np.exp(spread * z)))

    mean = integrate.quad(density, -12, 12, epsabs=1e-12, limit=500)[0]
    found = expected_scores(LogNormalDifficulty(sigma=spread), [x])[0]
    assert found == pytest.approx(mean, abs=1e-9)


def test_shared_items_move_together_and_have_the_same_mean() -> None:
    """Between scales, an item that is easy is easy: differences vary less than with new items."""
    shared = GammaDifficulty(theta=3.0, same_items=True)
    own = GammaDifficulty(theta=3.0)
    a, b = (simulate_scores(kind, X[5:7], 100, n_curves=3000) for kind in (shared, own))
    assert a.mean(axis=0) == pytest.approx(b.mean(axis=0), abs=0.01)
    assert np.diff(a).std() < 0.85 * np.diff(b).std()
    assert a.std(axis=0) == pytest.approx(b.std(axis=0), rel=0.1)  # the margins are binomial


def test_mirage_is_a_line_of_slope_alpha_under_exact_match_of_any_length() -> None:
    for L in 1, 5, 20:
        kind = Mirage(n_tokens=L)
        p = np.exp(-((np.exp(X) / 2e9) ** -0.5))
        assert expected_scores(kind, X) == pytest.approx(p**L, rel=1e-9)
        exact = eta(expected_scores(kind, X))
        assert np.diff(exact) / np.diff(X) == pytest.approx(-0.5, abs=1e-9)
        edits = expected_scores(kind, X, metric="token_edit_distance")
        assert edits == pytest.approx(L * (1 - p), rel=1e-12)
        brier = expected_scores(kind, X, metric="brier_score")
        assert brier == pytest.approx((1 - p) ** 2, rel=1e-9)


def test_mirage_at_the_published_constants() -> None:
    """Figure 2 of Schaeffer et al. 2023: accuracy, token edit distance, Brier score at L = 5."""
    x = np.log([3.5e8, 1.3e9, 6.7e9, 2e11])
    kind = KINDS["mirage"]
    assert expected_scores(kind, x) == pytest.approx(
        [6.44e-6, 0.002026, 0.06510, 0.60653], rel=1e-3
    )
    edits = expected_scores(kind, x, metric="token_edit_distance")
    assert edits == pytest.approx([4.5421, 3.5536, 2.1047, 0.4758], abs=1e-4)
    brier = expected_scores(kind, x, metric="brier_score")
    assert brier == pytest.approx([0.8252, 0.5051, 0.1772, 0.0091], abs=1e-4)


@pytest.mark.parametrize("theta", [0.0, 0.5])
def test_metrics_of_the_mirage_score_the_same_outcomes(theta: float) -> None:
    """With one item, exact match is right where the edit distance is 0."""
    kind = Mirage(theta=theta)
    exact = simulate(kind, X, 1, n_curves=500)
    edits = simulate_scores(kind, X, 1, metric="token_edit_distance", n_curves=500)
    assert ((edits == 0) == (exact == 1)).all()
    brier = simulate_scores(kind, X, 1, metric="brier_score", n_curves=500)
    assert (brier.std(axis=0) > 0.01).any() == (theta > 0)
    # the same item at two scales: the harder one stays the harder one
    if theta:
        assert np.corrcoef(brier[:, 0], brier[:, 11])[0, 1] > 0.3


def test_multiple_choice_is_a_threshold_of_mass_one_over_k() -> None:
    kind = KINDS["multiple-choice"]
    sharp = type(kind)(sigma=0.0)
    near = np.log(3e9) + np.array([-1e-6, 1e-6])
    assert expected_scores(sharp, near, chance=0.25).tolist() == [0.25, 1.0]
    assert np.exp(-sharp.loss(near)) == pytest.approx(0.25, abs=1e-6)
    assert simulate_scores(sharp, near, 100)[0].tolist() == [0.0, 1.0]
    assert expected_scores(kind, near) == pytest.approx(0.5, abs=1e-5)
    mass = np.exp(-sharp.loss(X))
    assert expected_scores(sharp, X, metric="brier_score") == pytest.approx((1 - mass) ** 2)


def test_hinge_and_step_in_their_coordinate() -> None:
    b = np.log(3e9)
    x = b + np.array([-2.0, -1.0, -1e-9, 1e-9, 1.0, 2.0])
    hinge = eta(expected_scores(Hinge(slope_before=-0.2, slope_after=-1.1, at_break=0.05), x))
    assert hinge - eta(np.array(0.05)) == pytest.approx([0.4, 0.2, 0, 0, -1.1, -2.2], abs=1e-6)
    step = eta(expected_scores(Step(before=0.05, after=0.6, slope=-0.3), x))
    assert step[:3] - eta(np.array(0.05)) == pytest.approx([0.6, 0.3, 0.0], abs=1e-6)
    assert step[3:] - eta(np.array(0.6)) == pytest.approx([0.0, -0.3, -0.6], abs=1e-6)
    assert expected_scores(Step(before=0.0), x)[:3].tolist() == [0.0, 0.0, 0.0]


def test_loss_threshold_is_zero_before_and_linear_in_the_loss_after() -> None:
    kind = LossThreshold()
    loss, score = kind.loss(X), expected_scores(kind, X)
    assert (score[loss >= 2.2] == 0).all()
    after = loss < 2.2
    assert after.any()
    assert score[after] == pytest.approx((2.2 - loss[after]) / (2.2 - 1.69), abs=1e-12)
    assert kind.loss(np.log(np.array([3e9])))[0] == pytest.approx(2.2)


def test_broken_power_law_has_two_slopes_and_its_value_at_the_break() -> None:
    kind = BrokenPowerLaw(slope_before=-0.05, slope_after=-0.7, at_break=0.4, width=0.1)
    b = np.log(3e9)
    error = 1 - expected_scores(kind, b + np.array([-6.0, -5.0, 0.0, 5.0, 6.0]))
    ln = np.log(error)
    assert ln[1] - ln[0] == pytest.approx(-0.05, abs=1e-9)
    assert ln[4] - ln[3] == pytest.approx(-0.7, abs=1e-9)
    assert error[2] == pytest.approx(0.4)


def test_quanta_are_learned_in_the_order_of_their_frequency() -> None:
    kind = Quanta(exponent=0.5, first_at=1e7, growth=0.7)
    for x in X[::4]:
        n = int((np.exp(x) / 1e7) ** 0.7 + 1e-9)
        assert kind.n_learned(np.array([x]))[0] == n
        k = np.arange(1, 3_000_000)
        mass = k**-1.5
        tail = 2 / np.sqrt(k[-1] + 0.5)  # the sum beyond, by its integral
        known = mass[:n].sum() / (mass.sum() + tail)
        assert expected_scores(kind, [x])[0] == pytest.approx(0.9 * known, rel=1e-6)


@given(st.floats(0.1, 1.5), st.floats(0.3, 1.5))
def test_loss_of_quanta_is_a_power_law_of_exponent_a(a: float, growth: float) -> None:
    """L - L_infinity ~ n^-a, so N^-(a growth); learning one by one leaves 1/n of a ripple."""
    kind = Quanta(exponent=a, growth=growth, first_at=1.0)
    x = np.log([1e6, 1e7]) / growth  # n = 1e6 and 1e7
    ln = np.log(kind.not_learned(x))
    assert (ln[1] - ln[0]) / (x[1] - x[0]) == pytest.approx(-a * growth, abs=1e-5)


@pytest.mark.parametrize("skill", [1, 7, 54])
def test_a_monogenic_task_steps_where_its_skill_is_learned(skill: int) -> None:
    kind = Quanta(skill=skill)
    at = np.log(kind.truth.break_at)
    assert expected_scores(kind, [at - 1e-6, at + 1e-6]).tolist() == [0.0, 0.9]


def test_sparse_parity_solves_its_equation() -> None:
    """Strength r = R/S obeys dr/dt = ln(1/r0 - 1) r (1 - r), t in units of the half time."""
    kind = SparseParity(skill=3, first_at=1e9, exponent=0.6, initial=0.01)
    onset = kind.truth.break_at
    assert onset == pytest.approx(1e9 * 3**1.6)
    assert expected_scores(kind, [np.log(onset)])[0] == pytest.approx(0.5)
    t = np.linspace(0.01, 2, 4000)
    r = expected_scores(kind, np.log(t * onset))
    middle = 0.5 * (r[1:] + r[:-1])
    assert np.diff(r) / np.diff(t) == pytest.approx(
        np.log(1 / 0.01 - 1) * middle * (1 - middle), abs=1e-5
    )
    assert expected_scores(kind, [np.log(onset * 1e-9)])[0] == pytest.approx(0.01, rel=1e-6)


def test_the_mean_over_skills_is_their_weighted_sum() -> None:
    k = np.arange(1, 51)
    weight = k**-1.6 / (k**-1.6).sum()
    each = [expected_scores(SparseParity(skill=int(j), n_skills=50), X) for j in k]
    whole = expected_scores(SparseParity(skill=0, n_skills=50), X)
    assert whole == pytest.approx(weight @ np.array(each), abs=1e-12)


def test_seeds_have_two_peaks_and_their_weights_are_smooth() -> None:
    kind = SeedMixture()
    scores = simulate_scores(kind, X, 400, n_curves=4000)
    high = scores > 0.4
    assert ((scores < 0.15) | (scores > 0.68)).mean() > 0.9999
    error = np.sqrt(0.25 / 4000)
    assert high.mean(axis=0) == pytest.approx(kind.success(X), abs=4.5 * error)


def test_opposite_trends_cancel_in_the_mean_and_not_in_the_groups() -> None:
    easy, hard, both = (
        expected_scores("opposite-trends", X, metric=f"accuracy{group}")
        for group in ("_easy", "_hard", "")
    )
    assert 0.5 * (easy + hard) == pytest.approx(both, abs=1e-12)
    assert (np.sign(np.diff(easy))[:6] == -np.sign(np.diff(hard))[:6]).sum() >= 4
    counts = [
        simulate_scores("opposite-trends", X, 100, metric=f"accuracy{group}", n_curves=50)
        for group in ("_easy", "_hard", "")
    ]
    assert 0.5 * (counts[0] + counts[1]) == pytest.approx(counts[2], abs=1e-12)


def test_overdispersion_between_models() -> None:
    scores = simulate_scores("overdispersed", X, 200, n_curves=20_000)
    p = expected_scores("overdispersed", X)
    expected = p * (1 - p) / 200 * (1 + 199 * 0.03)
    assert scores.var(axis=0) == pytest.approx(expected, rel=0.06)
