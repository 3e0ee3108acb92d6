"""The network on pairs: naive gradients, finite differences, blocks of rows, batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.simulators.modular_arithmetic import modular_task
from simlab.simulators.modular_network import block_rows, evaluate, gradient, working_space
from tests.naive import grokking as naive

FORMS = [(False, False), (False, True), (True, False), (True, True)]


def network(p, width, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(0, width**-0.25, (3, p, width)).astype(np.float32)


def ours(params, task, rows, form):
    grads, space = np.empty_like(params), working_space(*params.shape[1:])
    seen = gradient(params, task.x, task.y, task.answer, rows, *form, grads, space)
    assert np.isfinite(seen)
    loss, right = evaluate(params, task.x, task.y, task.answer, rows, *form, space)
    return loss, grads, right


@given(st.integers(3, 9), st.integers(1, 9), st.sampled_from(FORMS), st.integers(0, 100))
def test_loss_gradient_and_number_right_are_the_naive_ones(p, width, form, seed):
    task, params = modular_task(p, "add", 0.6), network(p, width, seed)
    loss, grads, right = ours(params, task, task.train, form)
    its_loss, its_grads, its_right = naive.network(
        params, task.x, task.y, task.answer, task.train, *form
    )
    assert loss == pytest.approx(its_loss, rel=1e-5)
    assert right == its_right
    np.testing.assert_allclose(grads, its_grads, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("form", FORMS)
def test_gradients_agree_with_finite_differences(form):
    task, params = modular_task(11, "mul", 0.7), network(11, 6, 3).astype(np.float64)
    _, grads, _ = ours(params.astype(np.float32), task, task.train, form)
    rng = np.random.default_rng(0)
    for _ in range(20):
        direction = rng.normal(size=params.shape)
        direction /= np.linalg.norm(direction)
        losses = [
            naive.network(params + d * direction, *task[2:5], task.train, *form)[0]
            for d in (1e-5, -1e-5)
        ]
        slope = (losses[0] - losses[1]) / 2e-5
        assert float((grads * direction).sum()) == pytest.approx(slope, rel=2e-3, abs=1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_rows_beyond_a_block_add_up(form):
    p, width = 97, 32
    assert block_rows(p, width) == 256
    task, params = modular_task(p, "add", 0.06), network(p, width, 0)
    rows = task.train
    assert len(rows) > 2 * 256
    loss, grads, right = ours(params, task, rows, form)
    parts = [rows[:200], rows[200:300], rows[300:]]
    each = [ours(params, task, part, form) for part in parts]
    weights = [len(part) / len(rows) for part in parts]
    assert loss == pytest.approx(sum(w * e[0] for w, e in zip(weights, each, strict=True)))
    assert right == sum(e[2] for e in each)
    total = sum(w * e[1] for w, e in zip(weights, each, strict=True))
    np.testing.assert_allclose(grads, total, rtol=1e-3, atol=1e-7)


def test_blocks_fit_the_library_and_the_cache():
    assert [block_rows(*shape) for shape in ((97, 128), (31, 64), (97, 512), (3, 1))] == [
        80,
        256,
        256,
        256,
    ]
