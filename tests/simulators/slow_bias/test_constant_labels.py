"""Logistic regression on constant labels: a naive run, closed forms, the edge, divergence."""

import math

import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.simulators.slow_bias.constant_labels import constant_labels
from simlab.streams import normal, seed_key


def naive(n, d, sigma, lr, steps, draw):
    key = seed_key(0, "constant labels", draw, n, d)
    x = [[sigma * normal(key, np.uint64(i * d + k)) for k in range(d)] for i in range(n)]
    w, b = [0.0] * d, 0.0
    for _ in range(steps):
        pull = [
            1 / (1 + math.exp(sum(a * c for a, c in zip(row, w, strict=True)) + b)) for row in x
        ]
        w = [w[k] + lr * sum(p * row[k] for p, row in zip(pull, x, strict=True)) / n
             for k in range(d)]  # fmt: skip
        b += lr * sum(pull) / n
    return w, b, [sum(a * c for a, c in zip(row, w, strict=True)) + b for row in x]


@pytest.mark.parametrize(("n", "ratio", "steps"), [(8, 0.5, 30), (12, 0.25, 100), (3, 1.0, 10)])
def test_descent_is_the_naive_one(n, ratio, steps):
    curves = constant_labels(ratio, np.array([1, steps]), n=n, sigma=2.0, lr=0.1, draw=1)
    w, b, outputs = naive(n, round(n * ratio), 2.0, 0.1, steps, 1)
    size = math.sqrt(sum(x * x for x in w))
    assert curves.others["bias"][-1] == pytest.approx(b, rel=1e-10)
    assert curves.others["weight_norm"][-1] == pytest.approx(size, rel=1e-10)
    assert curves.train_accuracy[-1] == sum(z > 0 for z in outputs) / n
    loss = sum(math.log1p(math.exp(-z)) for z in outputs) / n
    assert curves.train_loss[-1] == pytest.approx(loss, rel=1e-10)
    unseen = b + 2.0 * size * np.random.default_rng(0).normal(size=200_000)
    share = (unseen > 0).mean()
    assert curves.test_accuracy[-1] == pytest.approx(share, abs=4 * math.sqrt(0.25 / 200_000))
    losses = np.logaddexp(0, -unseen)
    assert curves.test_loss[-1] == pytest.approx(
        losses.mean(), abs=5 * losses.std() / math.sqrt(200_000)
    )


def test_looks_do_not_change_a_run():
    few = constant_labels(0.4, np.array([500]), n=50)
    many = constant_labels(0.4, np.arange(1, 501), n=50)
    assert few.others["bias"][-1] == many.others["bias"][-1]
    assert few.train_loss[-1] == many.train_loss[-1]


def test_below_the_edge_the_bias_wins_and_above_it_does_not():
    at = np.array([100, 30_000])
    below, above = (constant_labels(r, at, n=200) for r in (0.2, 0.7))
    assert below.test_accuracy[-1] > 0.99
    assert above.test_accuracy[-1] < 0.8
    assert above.train_accuracy[-1] == 1.0
    assert below.others["weight_norm"][-1] < 0.2 * above.others["weight_norm"][-1]


def test_bad_input_is_one_line():
    at = np.array([1, 10])
    for given, message in (
        ({"n": 0}, "n 0: give 1 or more"),
        ({"ratio": 1e-5}, "ratio 1e-05: it leaves no input"),
        ({"sigma": 0.0}, "sigma 0: give a number above 0"),
        ({"lr": math.nan}, "lr nan: give a number above 0"),
        ({"lr": 1e308, "sigma": 1e308}, r"lr 1e\+308: the loss left the numbers at step 1"),
    ):
        with pytest.raises(UsageError, match=message):
            constant_labels(**({"ratio": 0.5, "steps": at, "n": 20} | given))
