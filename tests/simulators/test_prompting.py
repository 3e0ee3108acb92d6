import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from simlab.errors import UsageError
from simlab.laws.power_law import power_law_loss
from simlab.simulators.prompting import (
    CHUNK,
    Method,
    Window,
    expected_scores,
    helpful_loss,
    helpful_sizes,
    sample_chains,
)
from tests.naive import simulators as naive

methods = st.builds(
    Method,
    steps=st.integers(1, 6),
    extra_steps=st.integers(0, 5),
    factor=st.floats(0.05, 20),
    steepness=st.one_of(st.just(0.0), st.floats(0.05, 3)),
    slip=st.one_of(st.just(0.0), st.floats(0.001, 0.5)),
    chance=st.one_of(st.just(0.0), st.floats(0, 0.9)),
)


@given(methods, st.floats(0, 5), st.booleans(), st.integers(1, 30), st.integers(0, 2**64 - 1))
def test_counts_are_those_of_the_oracle(method, loss, used, items, key):
    drawn = sample_chains([loss], method, used=used, keys=[key], items=items)
    p, extra = math.exp(-loss), []
    if used:
        p = float(np.exp(-method.factor * loss ** (1 + method.steepness)))
        extra = [p * (1 - method.slip)] * method.extra_steps
    outcomes = [
        naive.chain(key, i, [p] * method.steps + extra, method.chance) for i in range(items)
    ]
    assert drawn.n_steps == method.steps + len(extra)
    assert drawn.exact.tolist() == [sum(exact for exact, _ in outcomes)]
    assert drawn.right.tolist() == [sum(right for _, right in outcomes)]


@settings(max_examples=40)
@given(methods, st.floats(0.01, 2), st.booleans())
def test_expected_scores_are_the_means_of_samples(method, loss, used):
    items = 20_000
    drawn = sample_chains([loss], method, used=used, keys=[7], items=items)
    exact, steps = expected_scores([loss], method, used=used)
    error = 1e-7
    low, high = binom.ppf([error, 1 - error], items, exact[0])
    assert low <= drawn.exact[0] <= high
    # steps of two kinds: their variance is at most that of as many equal ones
    low, high = binom.ppf([error, 1 - error], items * drawn.n_steps, steps[0])
    assert low <= drawn.right[0] <= high


def test_results_do_not_depend_on_threads_and_grow_with_items():
    method = Method(steps=3, extra_steps=2, factor=0.7, steepness=0.5, slip=0.1, chance=0.2)
    loss, keys = [0.1, 1.0], [1, 2]
    one, four = (
        sample_chains(loss, method, used=True, keys=keys, items=2 * CHUNK + 5, threads=t)
        for t in (1, 4)
    )
    assert one.exact.tolist() == four.exact.tolist()
    assert one.right.tolist() == four.right.tolist()
    fewer = sample_chains(loss, method, used=True, keys=keys, items=CHUNK, threads=1)
    assert np.all(one.exact - fewer.exact >= 0)
    assert np.all(one.exact - fewer.exact <= CHUNK + 5)


@given(methods, st.floats(-7, 4))
def test_the_method_helps_in_its_window_and_nowhere_else(method, ln_loss):
    loss = math.exp(ln_loss)
    window = helpful_loss(method)
    plain = method._replace(chance=0.0)  # guessing shrinks differences, not their sign
    without, with_method = (expected_scores([loss], plain, used=u)[0][0] for u in (False, True))
    near = window and any(abs(loss / end - 1) < 1e-6 for end in window if 0 < end < math.inf)
    if near or with_method == without or with_method + without < 1e-290:
        return
    # a difference in the last bits of exp says nothing
    if abs(with_method / without - 1 if without else 1) < 1e-9:
        return
    assert (with_method > without) == bool(window and window.low < loss < window.high)


def test_windows_in_closed_form():
    assert helpful_loss(Method(steps=8, extra_steps=8, factor=1.94, steepness=1.0)) == Window(
        0.0, pytest.approx(8 / (16 * 1.94))
    )
    assert helpful_loss(Method(steps=8, factor=0.6)) == Window(0.0, math.inf)
    assert helpful_loss(Method(steps=8, factor=1.0)) is None
    assert helpful_loss(Method(steps=8, extra_steps=8, factor=0.5)) is None
    # without steepness, a slip hurts the large ones: (K - (K + m) f) l > w
    slip = Method(steps=4, extra_steps=2, factor=0.5, slip=0.1)
    assert helpful_loss(slip) == Window(pytest.approx(-2 * math.log(0.9)), math.inf)
    # a quadratic: a l^2 - K l + w = 0
    both = Method(steps=4, extra_steps=2, factor=0.5, steepness=1.0, slip=0.1)
    roots = np.sort(np.roots([3.0, -4.0, -2 * math.log(0.9)]))
    assert helpful_loss(both) == Window(*(pytest.approx(r, rel=1e-12) for r in roots))
    assert helpful_loss(both._replace(slip=0.9)) is None


@given(methods, st.floats(1e3, 1e12), st.floats(-1, -0.05))
def test_sizes_are_losses_of_the_power_law(method, c, alpha):
    losses, sizes = helpful_loss(method), helpful_sizes(method, c=c, alpha=alpha)
    if losses is None or sizes is None:
        assert losses is sizes is None
        return
    for loss, size in ((losses.high, sizes.low), (losses.low, sizes.high)):
        if 0 < size < math.inf:
            assert power_law_loss(size, c=c, alpha=alpha) == pytest.approx(loss, rel=1e-9)
        else:
            assert (size == 0) == (loss > 1)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"steps": 0}, "steps: 0 lies outside 1 .. 10,000"),
        ({"steps": 2.5}, "steps: 2.5 lies outside"),
        ({"extra_steps": -1}, "extra_steps: -1"),
        ({"factor": 0.0}, "factor: 0 lies outside 1e-06 .. 1e"),
        ({"factor": math.nan}, "factor: nan"),
        ({"steepness": -0.1}, "steepness: -0.1"),
        ({"steepness": 1e-4}, "steepness: 0.0001 puts the crossover beyond all numbers"),
        ({"slip": 1.0}, "slip: 1 lies outside 0 .. 0.999"),
        ({"chance": -0.5}, "chance: -0.5"),
    ],
)
def test_bad_constants_are_named(change, complaint):
    with pytest.raises(UsageError) as caught:
        helpful_loss(Method(steps=2)._replace(**change))
    assert complaint in str(caught.value)


@pytest.mark.parametrize("loss", [[-1.0], [math.inf], [math.nan], [], [[1.0]]])
def test_bad_losses_are_named(loss):
    with pytest.raises(UsageError, match="loss: "):
        expected_scores(loss, Method(steps=1), used=False)


def test_bad_samples_are_named():
    with pytest.raises(UsageError, match="items: 0"):
        sample_chains([1.0], Method(steps=1), used=False, keys=[1], items=0)
    with pytest.raises(UsageError, match="keys: shape"):
        sample_chains([1.0], Method(steps=1), used=False, keys=[1, 2])
    with pytest.raises(UsageError, match="alpha"):
        helpful_sizes(Method(steps=1), alpha=0.5)
