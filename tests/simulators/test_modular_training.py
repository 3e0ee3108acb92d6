"""Training on modular arithmetic: a naive run, threads, batches, divergence, steps to 99%."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.simulators.modular_trainer import ModularTrainer, Setup
from simlab.simulators.modular_training import first_step, look_steps, train_modular
from simlab.simulators.training.adamw import AdamW
from tests.naive import grokking as naive


def optimiser(**changes):
    return Setup().optimiser._replace(**changes)


@pytest.mark.parametrize("activation", ["quadratic", "relu"])
@pytest.mark.parametrize("loss", ["cross-entropy", "squared-error"])
def test_five_steps_are_the_naive_ones(activation, loss):
    setup = Setup(p=5, width=6, activation=activation, loss=loss)
    trainer = ModularTrainer(setup, seed=3)
    task, params = trainer.task, trainer.params.astype(np.float64)
    m, v = np.zeros(params.size), np.zeros(params.size)
    flat = params.ravel()
    for step in range(1, 6):
        _, grads, _ = naive.network(
            flat.reshape(params.shape), *task[2:5], task.train, activation == "relu",
            loss == "squared-error",
        )  # fmt: skip
        flat, m, v = naive.adamw(
            flat.astype(np.float32), grads.ravel().astype(np.float32), m.astype(np.float32),
            v.astype(np.float32), step, *setup.optimiser,
        )  # fmt: skip
    assert trainer.advance(5) is None
    np.testing.assert_allclose(trainer.params.ravel(), flat, atol=2e-5)


def test_bits_do_not_depend_on_threads_or_on_other_networks():
    setup = Setup(p=13, width=16, steps=200, batch=20)
    one, two = (train_modular(setup, networks=3, seed=1, threads=n) for n in (1, 2))
    alone = train_modular(setup, networks=1, seed=1)
    for a, b in [*zip(one, two, strict=True), (one[0], alone[0])]:
        for field in ("steps", "train_loss", "test_loss", "weight_norm", "concentration"):
            np.testing.assert_array_equal(getattr(a, field), getattr(b, field))
    other = train_modular(setup, networks=1, seed=2)[0]
    assert not np.array_equal(other.test_loss, alone[0].test_loss)


def test_looks_do_not_change_a_run():
    setup = Setup(p=13, width=16, steps=300, batch=50)
    few, many = (train_modular(setup, looks=n)[0] for n in (2, 60))
    assert (few.test_loss[-1], few.weight_norm[-1]) == (many.test_loss[-1], many.weight_norm[-1])


def test_an_epoch_of_batches_uses_every_pair_once():
    trainer = ModularTrainer(Setup(p=7, width=4, batch=10))
    before = trainer.task.train.tolist()
    assert len(before) == 24  # two batches of 10, one of 4
    orders = []
    for epoch in range(1, 4):
        trainer.advance(3 * epoch)
        orders.append(trainer._order.tolist())
        assert sorted(orders[-1]) == before
    assert len({tuple(order) for order in orders}) == 3


@given(st.integers(1, 10_000), st.integers(1, 60))
def test_looks_are_on_a_log_axis(steps, looks):
    at = look_steps(steps, looks)
    assert at == sorted(set(at))
    assert (at[0], at[-1]) == (1, steps)
    ratio = 10 ** (1 / looks)
    for a, b in pairwise(at):
        assert b <= a * ratio + 0.5 * (ratio + 1)  # both are rounded


def test_the_first_step_at_a_level():
    steps, accuracy = np.array([1, 2, 4]), np.array([0.2, 0.99, 0.5])
    assert first_step(steps, accuracy) == 2
    assert first_step(steps, accuracy, level=0.995) is None


def test_a_learning_rate_too_high_keeps_the_curve_so_far():
    setup = Setup(p=13, width=16, steps=100, optimiser=optimiser(lr=1e4))
    run = train_modular(setup)[0]
    assert run.diverged_at is not None
    assert 1 <= len(run.steps) < 10
    assert run.steps[-1] < run.diverged_at
    assert np.all(np.isfinite(run.train_loss))
    trainer = ModularTrainer(setup)
    trainer.advance(int(run.diverged_at) - 1)
    assert np.isfinite(trainer.look().train_loss)
    bad = trainer.advance(run.diverged_at)
    assert bad is not None or not np.isfinite(trainer.look().train_loss)


def test_a_run_that_shows_nothing_is_refused():
    setup = Setup(p=13, width=16, steps=100, optimiser=optimiser(lr=1e30))
    with pytest.raises(UsageError, match=r"lr 1e\+30: the loss left the numbers at step 1, before"):
        train_modular(setup)


@pytest.mark.parametrize(
    ("setup", "message"),
    [
        (Setup(width=0), "width 0: give 1 or more"),
        (Setup(steps=0), "steps 0: give 1 or more"),
        (Setup(p=2), "p 2: give a modulus of 3 or more"),
        (Setup(p=30, op="div"), "p 30: not a prime number"),
        (Setup(batch=-1), "batch -1: give a number of pairs, or 0"),
        (Setup(activation="gelu"), "activation 'gelu': use one of quadratic, relu"),
        (Setup(loss="hinge"), "loss 'hinge': use one of cross-entropy, squared-error"),
        (Setup(fraction=1e-5), "none is left to train on"),
        (Setup(optimiser=AdamW(lr=-1.0)), "lr -1: give a number above 0"),
    ],
)
def test_bad_setups_are_one_line(setup, message):
    with pytest.raises(UsageError, match=message):
        train_modular(setup)


def test_no_weight_of_a_dead_unit_is_denormal():
    trainer = ModularTrainer(Setup(p=13, width=256, optimiser=optimiser(weight_decay=2.0)))
    trainer.advance(3000)
    sizes = np.abs(trainer.params)
    assert (sizes == 0).any()
    assert sizes[sizes > 0].min() >= 1e-12


def test_quick_networks_generalise_when_they_should():
    runs = train_modular(Setup(steps=1500), networks=6, seed=5, looks=96)
    train = [first_step(run.steps, run.train_accuracy) for run in runs]
    test = [first_step(run.steps, run.test_accuracy) for run in runs]
    # 24 other networks: 51 to 59, and 715 to 1212
    assert all(45 <= steps <= 65 for steps in train)
    assert all(steps is not None and steps >= 600 for steps in test)
    assert 700 <= np.median(test) <= 1200


def test_the_headline_network_generalises_when_it_should():
    run = train_modular(Setup(p=97, fraction=0.3, width=128, steps=800))[0]
    assert 45 <= first_step(run.steps, run.train_accuracy) <= 65
    assert 500 <= first_step(run.steps, run.test_accuracy) <= 750


@pytest.mark.parametrize("op", ["sub", "mul", "div"])
def test_every_operation_is_learned_and_concentrates(op):
    run = train_modular(Setup(op=op, fraction=0.7, steps=1000))[0]
    assert run.test_accuracy[-1] > 0.98
    assert run.concentration[0] < 0.3
    assert run.concentration[-1] > 0.85
