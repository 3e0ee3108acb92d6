import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import DataError, UsageError
from simlab.fitting.curves import TrainingCurves, training_curves
from simlab.fitting.envelope import (
    _draw_runs,
    _interpolate,
    _lowest,
    _ranked,
    _smooth,
    bootstrap_envelope,
    fit_envelope,
)
from simlab.laws.chinchilla import chinchilla_loss, compute_optimum
from simlab.streams import seed_key
from tests.naive import fits as naive_fits

finite = st.floats(-10, 10)


def family(sizes=31, points=60, *, tokens=(1e8, 1e13), noise=0.0, per=6.0) -> TrainingCurves:
    n = np.repeat(np.geomspace(1e8, 1e10, sizes), points)
    d = np.tile(np.geomspace(*tokens, points), sizes)
    loss = chinchilla_loss(n, d)
    loss = loss * np.exp(noise * np.random.default_rng(0).standard_normal(loss.size))
    return training_curves(n, n, loss, n_tokens=d, flops=per * n * d)


@given(st.lists(finite, min_size=2, max_size=9, unique=True), st.data())
def test_interpolation_is_that_of_plain_python(x, data):
    x = sorted(round(v, 3) for v in x)
    if len(set(x)) < len(x):
        return
    y = data.draw(st.lists(finite, min_size=len(x), max_size=len(x)))
    grid = sorted(data.draw(st.lists(finite, min_size=1, max_size=12)) + x)
    out = np.empty(len(grid))
    _interpolate(np.array(x), np.array(y), np.array(grid), out)
    expected = [naive_fits.interpolate(x, y, at) for at in grid]
    assert out.tolist() == pytest.approx(expected, abs=1e-9)


@given(st.lists(finite, min_size=1, max_size=12), st.sampled_from([1, 3, 5, 9]))
def test_smoothing_is_that_of_plain_python(y, window):
    out = np.empty(len(y))
    _smooth(np.array(y), window, out)
    assert out.tolist() == pytest.approx(naive_fits.smooth(y, window), abs=1e-12)


@given(st.integers(1, 6), st.data())
def test_the_lowest_run_is_that_of_plain_python(n, data):
    value = st.one_of(st.integers(0, 4).map(float), st.just(float("inf")))
    losses = np.array(
        data.draw(st.lists(st.lists(value, min_size=n, max_size=n), min_size=1, max_size=5))
    )
    taken = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    out = np.empty(len(losses), np.int64)
    _lowest(_ranked(losses), taken, out)
    assert out.tolist() == [naive_fits.lowest(row, taken) for row in losses]


def test_draws_of_runs():
    key = seed_key(0, "x")
    taken = np.zeros(20, np.bool_)
    _draw_runs(key, 20, taken)
    assert np.flatnonzero(taken).tolist() == sorted(set(naive_fits.draw(int(key), 0, 20, 20)))
    part = np.zeros(20, np.bool_)
    _draw_runs(key, 16, part)
    assert np.flatnonzero(part).tolist() == naive_fits.draw_part(int(key), 0, 20, 16)


def test_curves_that_follow_the_law_give_its_frontier():
    fit = fit_envelope(family())
    law = compute_optimum(fit.frontier.c0)
    assert fit.frontier.a == pytest.approx(0.3658 / (0.3478 + 0.3658), abs=0.003)
    assert fit.frontier.a + fit.frontier.b == pytest.approx(1.0, abs=1e-9)
    assert fit.frontier.n0 == pytest.approx(float(law.n_params), rel=0.02)
    assert fit.frontier.d0 == pytest.approx(float(law.n_tokens), rel=0.02)


def test_the_ends_pull_the_exponent_down_and_are_left_out():
    inner, whole = fit_envelope(family()), fit_envelope(family(), ends=True)
    assert whole.frontier.a < inner.frontier.a - 0.05
    assert any("of the envelope is left out" in note for note in inner.notes)
    assert whole.used.sum() > inner.used.sum()


def test_the_winner_has_the_lowest_loss():
    curves = family(sizes=7, noise=0.01)
    fit = fit_envelope(curves, points=40)
    for c, winner, loss in zip(fit.flops, fit.winner, fit.loss, strict=True):
        here = []
        for run in range(7):
            part = slice(*curves.offsets[run : run + 2])
            x = np.log(curves.flops[part]).tolist()
            here.append(naive_fits.interpolate(x, curves.loss[part].tolist(), float(np.log(c))))
        if winner >= 0:
            assert loss == pytest.approx(min(here), rel=1e-9)
            assert here[winner] == pytest.approx(min(here), rel=1e-9)


def test_tokens_follow_the_flops_of_the_runs():
    one, other = fit_envelope(family()), fit_envelope(family(per=8.0))
    assert other.frontier.a == pytest.approx(one.frontier.a, rel=1e-9)
    at = one.frontier.c0
    assert float(other.frontier.optimum(at * 8 / 6).n_tokens) == pytest.approx(
        float(one.frontier.optimum(at).n_tokens), rel=1e-6
    )


def test_final_losses_are_the_ends_of_the_curves():
    runs = family(sizes=5).final_runs()
    assert runs.n_tokens.tolist() == pytest.approx([1e13] * 5)
    assert runs.loss.tolist() == pytest.approx(chinchilla_loss(runs.n_params, 1e13).tolist())


def test_a_resample_is_a_fit_of_its_runs():
    curves = family(sizes=25, noise=0.002)
    fit = fit_envelope(curves, points=200)
    draws = bootstrap_envelope(curves, fit, resamples=3)
    for r in range(3):
        key = int(seed_key(0, "envelope-bootstrap", "pairs", r))
        rows = sorted(set(naive_fits.draw(key, 0, 25, 25)))
        points = [i for run in rows for i in range(*curves.offsets[run : run + 2])]
        which = np.repeat(np.arange(25), 60)[points]
        part = training_curves(
            which, curves.n_params[which], curves.loss[points], n_tokens=curves.n_tokens[points]
        )
        own = fit_envelope(part, points=2000).frontier
        # the grid of compute is that of all runs
        assert draws.frontiers[r, 0] == pytest.approx(own.a, abs=0.01)


def test_same_bits_at_any_number_of_threads():
    curves = family(sizes=25, noise=0.002)
    fit = fit_envelope(curves, points=100)
    one, three = (bootstrap_envelope(curves, fit, resamples=120, threads=t) for t in (1, 3))
    assert one.frontiers.tobytes() == three.frontiers.tobytes()
    fewer = bootstrap_envelope(curves, fit, resamples=60)
    assert fewer.frontiers.tobytes() == one.frontiers[:60].tobytes()
    low, high = one.interval("a", 0.9)
    assert low < fit.frontier.a < high


def test_order_of_the_rows_does_not_matter():
    curves = family(sizes=5)
    n = np.repeat(curves.n_params, 60)
    order = np.random.default_rng(0).permutation(300)
    turned = training_curves(
        np.char.add("run ", np.repeat(np.arange(5), 60).astype(str))[order],
        n[order], curves.loss[order], n_tokens=curves.n_tokens[order],
    )  # fmt: skip
    one, other = fit_envelope(curves), fit_envelope(turned)
    assert other.frontier.a == pytest.approx(one.frontier.a, rel=1e-12)


def tiny(**changes):
    columns = {
        "run": ["a", "a", "b", "b"],
        "n_params": [1e9, 1e9, 2e9, 2e9],
        "loss": [3.0, 2.9, 3.1, 2.8],
        "n_tokens": [1e9, 2e9, 1e9, 2e9],
    } | changes
    tokens = columns.pop("n_tokens")
    return training_curves(**columns, n_tokens=tokens)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"run": ["a", "a", "a", "b"]}, "run b has one point"),
        ({"run": ["a", "a", "a", "a"]}, "run a changes n_params"),
        ({"n_tokens": [1e9, 2e9, 1e9, 1e9]}, "run b has two points at the same tokens"),
        ({"loss": [3.0, -1.0, 3.1, 2.8]}, "row 2: loss -1"),
        ({"run": ["a", "b"]}, r"run has shape \(2,\)"),
        ({"n_tokens": [1, 2, 1, 2]}, "billions"),
    ],
)
def test_bad_curves(changes, words):
    with pytest.raises(DataError, match=words):
        tiny(**changes)


def test_bad_requests():
    with pytest.raises(DataError, match="fewer than two sizes"):
        fit_envelope(tiny())
    with pytest.raises(UsageError, match="smooth 2"):
        fit_envelope(family(sizes=5), smooth=2)
    with pytest.raises(UsageError, match="points 1"):
        fit_envelope(family(sizes=5), points=1)
    curves = family(sizes=9)
    fit = fit_envelope(curves, points=50)
    with pytest.raises(UsageError, match="did you mean 'pairs'"):
        bootstrap_envelope(curves, fit, resample="pair")
    with pytest.raises(UsageError, match="bootstrap 0"):
        bootstrap_envelope(curves, fit, resamples=0)
