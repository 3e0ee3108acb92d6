"""Tasks drawn as stated, errors with a closed form, differences between equal estimators."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.simulators.in_context.closed_form import expected_error
from simlab.simulators.in_context.comparison import Estimators, compare_estimators, predictions
from simlab.simulators.in_context.tasks import draw_tasks
from simlab.streams import seed_key
from tests.naive import streams as naive

KEY = seed_key(0, "test")


@settings(max_examples=30)
@given(st.integers(0, 2**64 - 1), st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**30))
def test_points_and_values_are_those_of_plain_python(key, d, n_points, first):
    x, truth, y = draw_tasks("gaussian", d, n_points, 2, key=np.uint64(key), first=first, sigma=0.5)
    for t in range(2):
        own = naive.child(key, first + t)
        points, weights, noise = (naive.child(own, label) for label in (0, 1, 2))
        w = [naive.normal(weights, j) for j in range(d)]
        for i in range(n_points):
            at = [naive.normal(points, i * d + j) for j in range(d)]
            assert x[i, :, t].tolist() == pytest.approx(at, rel=1e-14)
            value = math.fsum(a * b for a, b in zip(w, at, strict=True))
            assert truth[i, t] == pytest.approx(value, rel=1e-12, abs=1e-12)
            assert y[i, t] - truth[i, t] == pytest.approx(
                0.5 * naive.normal(noise, i), rel=1e-9, abs=1e-12
            )


def test_sparse_tasks_have_as_many_weights_as_stated_anywhere():
    d, nonzero, n = 6, 2, 4000
    x, truth, _ = draw_tasks("sparse", d, d, n, key=KEY, nonzero=nonzero)
    w = np.stack([np.linalg.solve(x[:, :, t], truth[:, t]) for t in range(n)])
    on = np.abs(w) > 1e-6
    assert (on.sum(axis=1) == nonzero).all()
    share = on.mean(axis=0)
    assert np.abs(share - nonzero / d).max() < 5 * math.sqrt(2 / 9 / n)
    assert (w**2).sum(axis=1).mean() == pytest.approx(d, abs=5 * d / math.sqrt(n))


@pytest.mark.parametrize("kind", ["gaussian", "sparse", "heavy-tailed"])
def test_noise_has_the_stated_variance_and_only_heavy_tails_are_heavy(kind):
    _, truth, y = draw_tasks(kind, 3, 40, 2000, key=KEY, sigma=0.5, freedom=9.0)
    noise = (y - truth).ravel() / 0.5
    fourth = 3.0 if kind != "heavy-tailed" else 3.0 + 6.0 / (9.0 - 4.0)
    assert noise.mean() == pytest.approx(0, abs=5 / math.sqrt(noise.size))
    assert noise.var() == pytest.approx(1, abs=5 * math.sqrt((fourth - 1) / noise.size))
    assert (noise**4).mean() == pytest.approx(fourth, rel=0.15)


@pytest.mark.parametrize("kind", ["gaussian", "sparse", "heavy-tailed"])
def test_errors_follow_their_closed_forms(kind):
    d, sigma = 4, 0.5
    found = compare_estimators(
        kind, d=d, points=24, tasks=6400, sigma=sigma, freedom=9.0, threads=2,
        estimators=Estimators(gd_steps=(1,), newton_steps=(1,)),
    )  # fmt: skip
    for estimator in ("zero", "average", "ols"):
        i = found.names.index(estimator)
        for n in range(25):
            if estimator == "ols" and abs(n - d) < 6 and n:
                continue
            expected = expected_error(estimator, n, d, sigma)
            assert abs(found.error[i, n] - expected) < 5 * found.stderr[i, n]


def test_ridge_is_bayes_and_no_one_is_better():
    found = compare_estimators(points=20, tasks=1280, threads=2)
    ridge, bayes = found.names.index("ridge"), found.names.index("bayes")
    assert found.spd[ridge, bayes].max() < 1e-20
    other = compare_estimators(points=20, tasks=1280, estimators=Estimators(ridge=1.0))
    assert other.spd[ridge, bayes, 1:].min() > 1e-6
    slack = 4 * np.hypot(found.stderr, found.stderr[bayes])
    assert (found.error >= found.error[bayes] - slack).all()


def test_differences_are_symmetric_and_follow_the_triangle_inequality():
    found = compare_estimators(d=3, points=8, tasks=300)
    assert (found.spd == found.spd.transpose(1, 0, 2)).all()
    assert (found.spd[np.arange(len(found.names)), np.arange(len(found.names))] == 0).all()
    assert (found.spd[:, :, 0] == 0).all()
    root = np.sqrt(found.spd)
    for b in range(len(root)):
        assert (root <= root[:, b, None] + root[None, b] + 1e-12).all()
    # the error of predicting 0 is the mean square of the truth, so it bounds an estimator's
    zero = found.names.index("zero")
    bound = (np.sqrt(found.spd[zero]) + np.sqrt(found.error[zero])) ** 2
    assert (found.error <= bound + 1e-9).all()


def test_scores_are_plain_means():
    x, truth, y = draw_tasks("gaussian", 3, 9, 50, key=seed_key(0, "in-context", "gaussian", 3))
    e = Estimators()
    guess = predictions(x, y, "gaussian", sigma=0.25, estimators=e)
    found = compare_estimators(d=3, points=8, tasks=50, estimators=e)
    error = ((guess - truth) ** 2 / 3).mean(axis=2)
    np.testing.assert_allclose(found.error, error, rtol=1e-12)
    spread = ((guess - truth) ** 2 / 3).std(axis=2, ddof=1) / math.sqrt(50)
    np.testing.assert_allclose(found.stderr, spread, rtol=1e-6)
    np.testing.assert_allclose(found.spd[3, 1], ((guess[3] - guess[1]) ** 2 / 3).mean(axis=1))


def test_threads_change_no_bit_and_progress_reaches_the_end():
    seen = []
    one, two = (
        compare_estimators(d=3, points=8, tasks=300, threads=t, progress=seen.append)
        for t in (1, 2)
    )
    assert all(np.array_equal(a, b) for a, b in zip(one[1:], two[1:], strict=True))
    assert max(seen) == 1.0


def test_closed_forms_are_infinite_next_to_d_and_unknown_elsewhere():
    assert [expected_error("ols", n, 8, 0.1) == math.inf for n in (6, 7, 8, 9, 10)] == [
        False, True, True, True, False,
    ]  # fmt: skip
    assert expected_error("ols", 8, 8, 0.0) == 0.0
    assert expected_error("ridge", 3, 8, 0.1) is None
    assert expected_error("average", 0, 8, 0.1) == 1.0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"estimators": Estimators(neighbours=41)}, "neighbours 41: a prompt of 40 points"),
        ({"estimators": Estimators(neighbours=0)}, "neighbours 0: "),
        ({"estimators": Estimators(ridge=0.0)}, "ridge 0: give a penalty above 0"),
        ({"estimators": Estimators(gd_steps=(5, 1))}, "gd_steps 5 1: give different numbers"),
        ({"estimators": Estimators(newton_steps=(0,))}, "newton_steps 0: "),
        ({"tasks": 1}, "tasks 1: give at least 2"),
        ({"points": 0}, "points 0: give at least 1"),
        ({"d": 0}, "d 0: give at least 1"),
        ({"sigma": 0.0, "estimators": Estimators()}, "sigma 0: "),
        ({"freedom": 2.0}, "freedom 2: "),
        ({"kind": "sparse", "nonzero": 9}, "nonzero 9: give 1 to d = 8"),
    ],
)
def test_bad_input_is_one_line_that_names_it(given, message):
    with pytest.raises(UsageError, match=message):
        compare_estimators(**{"tasks": 64, **given})


def test_an_unknown_kind_of_task():
    with pytest.raises(UsageError, match="task 'dense': give one of gaussian"):
        compare_estimators("dense", tasks=64)
