"""The diagonal network: a naive run, finite differences, late generalisation, divergence."""

import math

import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.simulators.slow_bias.diagonal_network import (
    _descend,
    _examples,
    diagonal_network,
)
from simlab.streams import seed_key


def objective(inputs, u, v, decay):
    margins = inputs @ (u * u - v * v)
    return np.logaddexp(0, -margins).mean() + 0.5 * decay * (u @ u + v @ v)


def start(d, n, seed):
    rng = np.random.default_rng(seed)
    inputs = _examples(seed_key(seed, "test"), n, d)
    u, v = (0.3 * rng.normal(size=(2, d))).astype(np.float32)
    return inputs, u, v


@pytest.mark.parametrize("decay", [0.0, 0.5])
def test_a_step_is_a_step_down_the_gradient_by_finite_differences(decay):
    inputs, u, v = start(7, 11, 3)
    exact = inputs.astype(np.float64)
    w = np.concatenate([u, v]).astype(np.float64)
    slope = np.empty(14)
    for k in range(14):
        values = []
        for change in (1e-6, -1e-6):
            moved = w.copy()
            moved[k] += change
            values.append(objective(exact, moved[:7], moved[7:], decay))
        slope[k] = (values[0] - values[1]) / 2e-6
    assert _descend(inputs, u, v, 0.1, decay, 1) == 1
    np.testing.assert_allclose(np.concatenate([u, v]), w - 0.1 * slope, atol=2e-7)


def test_examples_are_signs_with_their_labels():
    inputs = _examples(np.uint64(7), 5000, 6)
    assert set(np.unique(inputs)) == {-1.0, 1.0}
    assert (inputs[:, :3].sum(1) > 0).all()
    assert abs(inputs[:, 3:].mean()) < 4 / math.sqrt(15_000)
    # two of three relevant inputs, or all, agree with the label: 3/4 on average
    assert inputs[:, :3].mean() == pytest.approx(0.5, abs=4 / math.sqrt(15_000))


def test_weight_decay_is_what_makes_it_generalise():
    at = np.array([1, 1000, 20_000])
    kept = diagonal_network(at, weight_decay=0.01, test_items=1000)
    control = diagonal_network(at, weight_decay=0.0, test_items=1000)
    assert kept.train_accuracy.tolist() == control.train_accuracy.tolist() == [1.0, 1.0, 1.0]
    assert kept.test_accuracy[1] < 0.7
    assert kept.test_accuracy[2] > 0.99
    assert kept.others["relevant_share"][2] > 0.8
    assert control.test_accuracy[2] < 0.7
    assert control.others["relevant_share"][2] < 0.1


def test_looks_do_not_change_a_run():
    few, many = (
        diagonal_network(at, d=30, n=20, test_items=50)
        for at in (np.array([200]), np.arange(1, 201))
    )
    assert few.test_loss[-1] == many.test_loss[-1]


def test_a_rate_too_high_keeps_the_curve_so_far():
    curves = diagonal_network(np.arange(1, 200), d=30, n=20, lr=1e3, test_items=50)
    assert curves.diverged_at is not None
    assert 1 <= len(curves.steps) == curves.diverged_at - 1 < 199
    assert np.isfinite(curves.train_loss).all()


def test_bad_input_is_one_line():
    at = np.array([1, 10])
    for given, message in (
        ({"d": 2}, "d 2: give 3 or more, on which the label depends"),
        ({"n": 0}, "n 0: give 1 or more"),
        ({"test_items": 0}, "test_items 0: give 1 or more"),
        ({"alpha": 0.0}, "alpha 0: give a number above 0"),
        ({"weight_decay": -1.0}, "weight_decay -1: give a number from 0"),
        ({"lr": 1e38}, r"lr 1e\+38: the loss left the numbers at step 1; give a smaller one"),
    ):
        with pytest.raises(UsageError, match=message):
            diagonal_network(at, **({"d": 20, "n": 10} | given))
