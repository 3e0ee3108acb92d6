"""Sparse parity: inputs and steps against plain Python, gradients, the generator, bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.simulators.training import parity
from simlab.simulators.training.blas import single_thread_products
from simlab.simulators.training.parity import initial_network, parity_inputs, train_parity
from simlab.streams import seed_key
from simlab.threads import map_ordered
from tests.naive import training as naive

keys = st.integers(0, 2**64 - 1)
F32 = np.float32


def trained(net, key, k, batch, first, last, lr, decay):
    """The kernel's steps on a copy of a network."""
    net = [p.copy() for p in net]
    n, width = net[0].shape
    x, y, z = np.empty((batch, n), F32), np.empty(batch, F32), np.empty((batch, width), F32)
    out, slope, step = np.empty(batch, F32), np.empty(width, F32), np.empty((n, width), F32)
    with single_thread_products():
        lost = parity._train(
            key, first, last, k, *net, F32(lr), F32(1 - lr * decay), x, y, z, out, slope, step
        )
    return net, lost


def as_lists(net):
    w, b, u, beta = (p.astype(np.float64) for p in net)
    return w.tolist(), b.tolist(), u.tolist(), float(beta[0])


def flat(net):
    w, b, u, beta = net
    return np.concatenate([np.ravel(w), b, u, np.ravel(beta)]).astype(np.float64)


@given(keys, st.integers(1, 140), st.integers(0, 2**40), st.data())
def test_inputs_are_those_of_plain_python(key, n, first, data):
    k = data.draw(st.integers(1, n))
    x, y = parity_inputs(n, k, 3, key=np.uint64(key), first=first)
    for r in range(3):
        bits, label = naive.parity_input(key, first + r, n, k)
        assert x[r].tolist() == bits
        assert y[r] == label


@settings(max_examples=25)
@given(keys, st.integers(2, 7), st.integers(1, 5), st.integers(1, 6), st.integers(0, 30))
def test_steps_are_those_of_plain_python(key, n, width, batch, first):
    net = initial_network(n, width, key=np.uint64(key))
    ours, lost = trained(net, np.uint64(key), 2, batch, first, first + 3, 0.1, 0.01)
    theirs = naive.parity_train(as_lists(net), key, n, 2, batch, first, first + 3, 0.1, 0.01)
    assert lost == -1
    np.testing.assert_allclose(flat(ours), flat(theirs), rtol=1e-4, atol=2e-6)


def test_a_batch_beyond_the_margin_only_decays():
    key = seed_key(9, "beyond the margin")
    n, width, batch = 4, 3, 5
    net = initial_network(n, width, key=key)
    net.w[:], net.u[:] = 0.0, 0.0
    net.beta[0] = 10.0
    first = next(  # a batch whose labels are all 1
        t for t in range(10**4)
        if all(naive.parity_input(int(key), t * batch + r, n, 2)[1] == 1 for r in range(batch))
    )  # fmt: skip
    net.w[0, 0], net.u[1] = 1.0, 2.0
    ours, _ = trained(net, key, 2, batch, first, first + 1, 0.1, 0.01)
    np.testing.assert_allclose(flat(ours), 0.999 * flat(net), rtol=1e-6)


def test_a_step_is_the_negative_gradient_by_finite_differences():
    key = seed_key(3, "finite differences")
    n, k, width, batch = 6, 3, 5, 8
    net = initial_network(n, width, key=key)
    items = [naive.parity_input(int(key), r, n, k) for r in range(batch)]
    xs, ys = [x for x, _ in items], [y for _, y in items]
    ours, _ = trained(net, key, k, batch, 0, 1, 1.0, 0.0)
    moved = flat(net) - flat(ours)
    start, shapes = flat(net), np.cumsum([n * width, width, width])

    def loss(values):
        w, b, u, beta = np.split(values, shapes)
        return naive.parity_hinge((w.reshape(n, width).tolist(), b, u, beta[0]), xs, ys)

    for i in range(len(start)):
        ahead, behind = start.copy(), start.copy()
        ahead[i] += 1e-6
        behind[i] -= 1e-6
        slope = (loss(ahead) - loss(behind)) / 2e-6
        assert moved[i] == pytest.approx(slope, rel=1e-4, abs=1e-6)


def test_parities_of_the_generator_have_no_short_recurrence_and_those_of_a_register_do():
    key = seed_key(0, "recurrence")
    n_bits = 600
    x, labels = parity_inputs(50, 3, n_bits, key=key)
    for bits in (labels < 0, x[:, 0] < 0, x[:, 49] < 0):
        # a random sequence has n/2 within a few; a deviation of 10 has a chance of 2^-20
        assert abs(naive.linear_complexity(bits.astype(int).tolist()) - n_bits // 2) < 10
    state, register = 0x9E3779B97F4A7C15, []
    for _ in range(n_bits):  # xorshift64 of Marsaglia 2003: linear over F2
        state ^= state << 13 & (2**64 - 1)
        state ^= state >> 7
        state ^= state << 17 & (2**64 - 1)
        register.append((state ^ state >> 1 ^ state >> 2) & 1)
    assert naive.linear_complexity(register) <= 64


def test_labels_are_balanced_and_independent_of_fewer_bits():
    x, y = parity_inputs(50, 3, 40_000, key=seed_key(1, "balance"))
    bound = 5 / math.sqrt(40_000)
    assert abs(y.mean()) < bound
    assert np.abs(x.T @ y / 40_000).max() < bound
    assert np.abs((x[:, 0] * x[:, 1]) @ y / 40_000) < bound
    assert ((x[:, 0] * x[:, 1] * x[:, 2]) == y).all()


def test_twenty_networks_learn_within_the_known_range():
    runs = map_ordered(lambda i: train_parity(network=i, steps=4500), range(20), threads=2)
    steps = [run.steps[np.argmax(run.accuracy >= 0.99)] for run in runs]
    assert all((run.accuracy >= 0.99).any() for run in runs)
    assert min(steps) >= 1500
    assert max(steps) <= 4500
    assert 2000 <= np.median(steps) <= 3500
    for run in runs:
        leaves = np.argmax(run.accuracy >= 0.6)
        flat_part = run.accuracy[: leaves // 2]
        assert np.abs(flat_part - 0.5).max() < 5 * 0.5 / math.sqrt(2000)
    before = [run.weight_ratio[np.argmax(run.accuracy >= 0.6) - 1] for run in runs]
    assert np.median(before) > 1.25


def test_a_wider_look_and_a_longer_run_change_no_bit():
    short = train_parity(20, 2, width=10, steps=300, every=100, test_items=100)
    long = train_parity(20, 2, width=10, steps=600, every=50, test_items=100)
    for field in ("accuracy", "loss", "weight_ratio"):
        assert getattr(long, field)[:7:2].tolist() == getattr(short, field).tolist()
    odd = train_parity(20, 2, width=10, steps=250, every=100, test_items=100)
    assert odd.steps.tolist() == [0, 100, 200, 250]


def test_a_network_that_diverges_keeps_its_curve_and_names_the_step():
    run = train_parity(20, 2, width=10, steps=2000, lr=1e4, weight_decay=1.0)
    assert run.diverged_at is not None
    assert 1 <= len(run.steps) <= run.diverged_at // 100 + 1
    assert np.isfinite(run.loss).all()


def test_every_bit_may_be_relevant():
    run = train_parity(3, 3, width=8, steps=100, test_items=10)
    assert np.isfinite(run.weight_ratio).all()


def test_progress_reaches_the_end():
    seen = []
    run = train_parity(
        5, 1, width=4, steps=250, every=100, test_items=5,
        progress=lambda share, loss: seen.append((share, loss)),
    )  # fmt: skip
    assert seen == list(zip([0.0, 0.4, 0.8, 1.0], run.loss, strict=True))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n": 0}, "n 0: give at least 1"),
        ({"n": 3, "k": 4}, "k 4: the label cannot depend on more than the n = 3 bits"),
        ({"width": 0}, "width 0: give at least 1"),
        ({"test_items": 0}, "test_items 0: give at least 1"),
        ({"lr": 0.0}, "lr 0: give a number above 0"),
        ({"lr": math.nan}, "lr nan: give a number above 0"),
        ({"weight_decay": -1.0}, "weight_decay -1: give a number from 0"),
    ],
)
def test_bad_input_is_one_line_that_names_it(given, message):
    with pytest.raises(UsageError, match=message):
        train_parity(**given)
