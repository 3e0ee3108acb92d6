import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import binom, chi2

from simlab.emergence.crossover import Crossover, _falling_root, crossover, terms
from simlab.errors import UsageError
from simlab.simulators.prompting import Method, expected_scores, helpful_sizes
from tests.naive import simulators as naive

SIZES = 2e6 * 2.0 ** np.arange(19)
CHAIN = Method(steps=8, extra_steps=8, factor=1.94, steepness=1.0)


def shares(method, sizes, c=2e9):
    loss = (np.asarray(sizes) / c) ** -0.5
    return [expected_scores(loss, method, used=used).exact_match for used in (False, True)]


def draws(method, sizes, n, replicates, seed=0):
    rng = np.random.default_rng(seed)
    p, q = shares(method, sizes)
    for _ in range(replicates):
        yield rng.binomial(n, p), rng.binomial(n, q)


def likelihood(beta, x, degree, hits, n, chance):
    """Both curves by their own coefficients, with the oracle's likelihood."""
    k = degree + 1
    etas = [sum(b * xi**j for j, b in enumerate(part)) for part in (beta[:k], beta[k:]) for xi in x]
    return naive.gumbel_likelihood(
        [min(max(e, -30), 30) for e in etas], hits, [n] * 2 * len(x), chance
    )


@given(st.floats(-6, 3), st.integers(0, 50), st.integers(0, 50), st.sampled_from([0.0, 0.25, 0.9]))
def test_terms_are_those_of_the_oracle(eta, hits, misses, chance):
    n = hits + misses
    value, slope, information = terms(np.float64(eta), hits, n, chance)

    def at(e):
        return naive.gumbel_likelihood([e], [hits], [n], chance)

    assert value == pytest.approx(at(eta), rel=1e-12, abs=1e-12)
    h = 1e-5
    assert slope == pytest.approx(
        (at(eta + h) - at(eta - h)) / (2 * h), rel=1e-4, abs=1e-4 * (n + 1)
    )
    p = chance + (1 - chance) * math.exp(-math.exp(eta))
    rate = (1 - chance) * math.exp(-math.exp(eta)) * math.exp(eta)
    expected = n * rate**2 / (p * (1 - p)) if 0 < p < 1 else 0.0
    assert information == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("chance", [0.0, 0.3])
def test_the_estimate_and_interval_are_those_of_a_general_optimiser(degree, chance):
    n, sizes = 400, 1e9 * 8.0 ** np.arange(5)
    method = CHAIN._replace(chance=chance)
    without, with_method = next(iter(draws(method, sizes, n, 1, seed=3)))
    found = crossover(sizes, without, with_method, n, chance=chance, degree=degree)
    hits = [*without.tolist(), *with_method.tolist()]
    x = np.log(sizes)
    x = (2 * x - x[0] - x[-1]) / (x[-1] - x[0])
    k = degree + 1

    def best(start, given=lambda beta: beta):
        for _ in range(3):
            done = minimize(lambda b: -likelihood(given(b), x, degree, hits, n, chance), start)
            start = done.x
        return done.x, -done.fun

    start = np.r_[0.0, -1.5, np.zeros(k - 2), 0.0, -3.0, np.zeros(k - 2)]
    beta, top = best(start)
    difference = np.polynomial.Polynomial(beta[k:] - beta[:k])
    roots = [
        r.real for r in difference.roots() if abs(r.imag) < 1e-9 and difference.deriv()(r.real) < 0
    ]
    centre, half = np.log(sizes[[0, -1]]).mean(), np.log(sizes[-1] / sizes[0]) / 2
    at = (math.log(found.scale) - centre) / half
    assert roots == [pytest.approx(at, abs=2e-4)]
    for end in (found.low, found.high):
        z = (math.log(end) - centre) / half

        def meet(beta, z=z):
            apart = beta[k:]  # the difference is (x - z) times these
            return np.r_[beta[:k], beta[:k] + np.convolve(apart, [-z, 1.0])]

        def touch(beta, z=z):  # a falling crossing that is about to be a rising one
            apart = np.convolve(beta[k:], np.convolve([-z, 1.0], [-z, 1.0])) if degree == 2 else 0.0
            return np.r_[beta[:k], beta[:k] + apart]

        start = np.r_[beta[:k], np.zeros(degree)]
        start[k] = difference.deriv()(at)
        where, value = best(start, meet)
        if np.polynomial.polynomial.polyval(z, where[k:]) > 0:
            _, value = best(np.r_[beta[:k], np.zeros(degree - 1)], touch)
        assert 2 * (top - value) == pytest.approx(chi2.ppf(0.95, 1), rel=1e-3)


@pytest.mark.parametrize(
    ("method", "sizes", "n"),
    [
        (CHAIN, SIZES, 1000),
        (CHAIN, SIZES[::3], 100),
        (Method(2, 0, 1.97, 0.5, 0.0, 1 / 3), SIZES[10:], 1000),
        (Method(8, 0, 1.14, 0.1), SIZES, 200),  # nearly parallel: often there is no interval
    ],
)
def test_coverage(method, sizes, n):
    truth, replicates, level = helpful_sizes(method).low, 150, 0.9
    below = above = 0
    for counts in draws(method, sizes, n, replicates):
        found = crossover(sizes, *counts, n, chance=method.chance, level=level)
        below += found.high is not None and found.high < truth
        above += found.low is not None and found.low > truth
    most = binom.ppf(1 - 1e-4, replicates, 1 - level)
    assert below + above <= most
    if method.steepness > 0.2:  # and not because the intervals are too wide
        assert below + above >= binom.ppf(1e-4, replicates, 1 - level)
        tails = binom.ppf([1e-4, 1 - 1e-4], replicates, (1 - level) / 2)
        assert tails[0] <= below <= tails[1]
        assert tails[0] <= above <= tails[1]


def test_parallel_curves_are_called_so_at_the_nominal_rate():
    method, replicates = Method(steps=8, factor=0.6), 200
    rejected = sum(
        crossover(SIZES, *counts, 300).p_parallel < 0.05
        for counts in draws(method, SIZES, 300, replicates)
    )
    low, high = binom.ppf([1e-4, 1 - 1e-4], replicates, 0.05)
    assert low <= rejected <= high


def test_many_items_find_the_closed_form():
    n = 10**12
    p, q = shares(CHAIN, SIZES)
    found = crossover(SIZES, np.round(n * p), np.round(n * q), n)
    assert found.scale == pytest.approx(helpful_sizes(CHAIN).low, rel=1e-5)
    assert found.low < found.scale < found.high
    assert found.high / found.low < 1 + 1e-4
    assert found.p_parallel == 0.0


def test_a_parabola_comes_closer_where_steps_slip():
    method, n = Method(8, 8, 1.5, 1.0, slip=0.02), 10**8
    sizes = SIZES[9:]
    p, q = shares(method, sizes)
    counts = np.round(n * p), np.round(n * q)
    truth = helpful_sizes(method).low
    line, parabola = (crossover(sizes, *counts, n, degree=d).scale for d in (1, 2))
    assert abs(math.log(parabola / truth)) < 0.03 < abs(math.log(line / truth))


@settings(max_examples=50)
@given(st.floats(1e-3, 1e3), st.permutations(range(7)), st.integers(0, 1000))
def test_units_and_order_do_not_matter(unit, order, seed):
    sizes = SIZES[:19:3]
    without, with_method = next(iter(draws(CHAIN, sizes, 200, 1, seed=seed)))
    found = crossover(sizes, without, with_method, 200)
    order = list(order)
    other = crossover(unit * sizes[order], without[order], with_method[order], 200)
    assert other.status == found.status
    assert other.p_parallel == pytest.approx(found.p_parallel, rel=1e-5, abs=1e-9)
    for a, b in zip(found[:3], other[:3], strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert b == pytest.approx(unit * a, rel=1e-4)


def test_swapped_conditions_are_a_reversed_crossover():
    without, with_method = next(iter(draws(CHAIN, SIZES, 2000, 1)))
    assert crossover(SIZES, without, with_method, 2000).status == "ok"
    swapped = crossover(SIZES, with_method, without, 2000)
    assert swapped[:4] == (None, None, None, "reversed")
    assert swapped.p_parallel < 1e-6


def test_a_crossover_beyond_the_sizes_says_so():
    sizes = SIZES[8:14]
    without, with_method = next(iter(draws(CHAIN, sizes, 10**6, 1)))
    found = crossover(sizes, without, with_method, 10**6)
    assert found.status == "outside"
    assert found.low < helpful_sizes(CHAIN).low < found.high
    assert found.scale > sizes[-1]


def test_a_crossover_far_beyond_is_none():
    sizes = SIZES[7:11]
    p, q = shares(Method(8, 0, 0.9, 0.01), sizes)
    n = 10**12
    assert crossover(sizes, np.round(n * p), np.round(n * q), n).status == "none"


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize(
    ("without", "with_method"),
    [([0] * 6, [0] * 6), ([50] * 6, [50] * 6), ([0] * 6, [50] * 6), ([0] * 5 + [1], [0] * 6),
     ([0, 0, 0, 50, 50, 50], [0, 0, 0, 0, 50, 50]), ([50, 0] * 3, [0, 50] * 3)],
)  # fmt: skip
def test_counts_without_information_do_not_break_it(degree, without, with_method):
    found = crossover(1e6 * 10.0 ** np.arange(6), without, with_method, 50, degree=degree)
    assert isinstance(found, Crossover)
    assert 0.0 <= found.p_parallel <= 1.0
    for value in found[:3]:
        assert value is None or (math.isfinite(value) and value > 0)


@settings(max_examples=100)
@given(st.data())
def test_any_counts_give_a_sound_answer(data):
    n = data.draw(st.integers(1, 10_000))
    m = data.draw(st.integers(4, 8))
    counts = st.lists(st.integers(0, n), min_size=m, max_size=m)
    sizes = 10.0 ** np.arange(m)
    chance = data.draw(st.sampled_from([0.0, 0.25]))
    degree = data.draw(st.sampled_from([1, 2]))
    found = crossover(sizes, data.draw(counts), data.draw(counts), n, chance=chance, degree=degree)
    assert 0.0 <= found.p_parallel <= 1.0
    if found.scale is None:
        assert found.status in ("none", "reversed")
        assert found.low is found.high is None
    else:
        assert (found.low or 0.0) <= found.scale <= (found.high or math.inf)
        beyond = max(sizes[0] / found.scale, found.scale / sizes[-1])
        assert abs(math.log(beyond)) < 1e-6 or (found.status == "outside") == (beyond > 1.0)


@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(-5, 5))
def test_the_falling_root_falls(d0, d1, d2):
    at = _falling_root(np.array([d0, d1, d2]))
    if at is None:
        assert d1 * d1 - 4 * d0 * d2 < 0 or (d2 == 0 and d1 >= 0)
    elif math.isfinite(at) and abs(at) < 1e6:
        size = abs(d0) + abs(d1 * at) + abs(d2 * at * at)
        assert d0 + d1 * at + d2 * at * at == pytest.approx(0, abs=1e-9 * (size + 1))
        assert d1 + 2 * d2 * at <= 1e-6


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"scale": [1, 2, 3]}, "without: give 0 .. n_items right answers for each"),
        ({"scale": [1, 2, 3, 3]}, "scale: give 3 or more distinct ones"),
        ({"scale": [1, 2, 3, -4]}, "scale: -4 given"),
        ({"scale": [1, 2, 3, math.nan]}, "scale: nan given"),
        ({"without": [1, 2, 3, 11]}, "without: give 0 .. n_items"),
        ({"with_method": [1, 2, 3, -1]}, "with_method: give 0 .. n_items"),
        ({"n_items": 0}, "n_items: give 1 or more"),
        ({"chance": 1.0}, "chance: 1 lies outside"),
        ({"degree": 3}, "degree: 3 given"),
        ({"level": 1.0}, "level: 1 lies outside"),
    ],
)
def test_bad_arguments_are_named(change, complaint):
    given = {
        "scale": [1, 2, 3, 4], "without": [1, 2, 3, 4], "with_method": [0, 2, 4, 6], "n_items": 10,
    } | change  # fmt: skip
    with pytest.raises(UsageError) as caught:
        crossover(**given)
    assert complaint in str(caught.value)
