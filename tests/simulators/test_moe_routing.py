"""Routing of tokens to experts: oracle, gradient, order of dispatch, invariants, bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.simulators import moe_routing
from simlab.simulators.even_routing import even_dropped, expected_even_dropped
from simlab.simulators.moe_routing import Router, expert_capacity, simulate_routing
from simlab.streams import seed_key
from tests.naive import moe as naive_moe


@settings(max_examples=25)
@given(
    st.integers(2, 5), st.data(), st.integers(3, 12), st.integers(1, 4), st.booleans(),
    st.sampled_from([None, 0.5, 1.0, 1.25]), st.sampled_from([0.0, 0.01, 0.3]), st.integers(0, 99),
)  # fmt: skip
def test_step_by_step_as_the_oracle(n, data, n_tokens, steps, of_chosen, factor, alpha, seed):
    top_k = data.draw(st.integers(1, n))
    router = Router(
        n_experts=n, top_k=top_k, capacity_factor=factor, alpha=alpha, gates_of_chosen=of_chosen,
        width=3, learning_rate=5.0,
    )  # fmt: skip
    key = seed_key(seed, "moe")
    run = simulate_routing(router, n_tokens=n_tokens, record=list(range(steps)), key=key)
    oracle = naive_moe.routing(
        int(key), n_experts=n, width=3, n_tokens=n_tokens, steps=steps, start=router.start,
        k=top_k, capacity=expert_capacity(n_tokens, router), alpha=alpha, worth=router.worth,
        of_chosen=of_chosen, affinity=router.affinity, rate=router.learning_rate,
    )  # fmt: skip
    for i, (share, dropped, balance, earned) in enumerate(oracle):
        assert run.load[i].tolist() == pytest.approx(share, abs=1e-12)
        assert run.dropped[i] == pytest.approx(dropped, abs=1e-12)
        assert run.balance[i] == pytest.approx(balance, rel=1e-9)
        assert run.earned[i] == pytest.approx(earned, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("of_chosen", [False, True])
@pytest.mark.parametrize("alpha", [0.0, 0.7])
def test_the_gradient_is_that_of_the_objective(of_chosen, alpha):
    generator = np.random.default_rng(8)
    n_tokens, n, width, k = 6, 4, 3, 2
    x, weights = generator.normal(size=(n_tokens, width)), generator.normal(size=(n, width))
    p, chosen = np.empty((n_tokens, n)), np.empty((n_tokens, k), np.int64)
    moe_routing._route(x, weights, p, chosen)
    kept, load = np.empty((n_tokens, k), np.bool_), np.zeros(n, np.int64)
    assert moe_routing._dispatch(chosen, 2, kept, load) > 0
    earned, share = generator.uniform(0.5, 2, (n_tokens, k)), load / (n_tokens * k)
    slope = np.empty((n, width))
    moe_routing._ascend(x, p, chosen, kept, earned, share, alpha, 0.3, of_chosen, slope)

    def value(w):
        logits = (x @ w.T).tolist()
        return naive_moe.objective(
            logits, chosen.tolist(), kept.tolist(), earned.tolist(), share.tolist(), alpha, 0.3,
            of_chosen,
        )  # fmt: skip

    for e in range(n):
        for j in range(width):
            step = np.zeros((n, width))
            step[e, j] = 1e-6
            numeric = (value(weights + step) - value(weights - step)) / 2e-6
            assert slope[e, j] == pytest.approx(numeric, abs=1e-8)


def test_first_choices_go_before_second_ones():
    chosen = np.array([[0, 1], [1, 0], [1, 0]])
    kept, load = np.empty((3, 2), np.bool_), np.zeros(2, np.int64)
    assert moe_routing._dispatch(chosen, 2, kept, load) == 2
    assert kept.tolist() == [[True, False], [True, True], [True, False]]
    assert load.tolist() == [3, 3]
    assert naive_moe.dispatch(chosen.tolist(), 2) == kept.tolist()


@pytest.mark.parametrize(
    ("tokens", "router", "capacity"),
    [
        (1024, Router(n_experts=8), 160),
        (1000, Router(n_experts=8, capacity_factor=1.0), 125),
        (1001, Router(n_experts=8, capacity_factor=1.0), 126),
        (100, Router(n_experts=4, top_k=2, capacity_factor=1.1), 55),
        (100, Router(n_experts=4, top_k=2, capacity_factor=None), 200),
    ],
)
def test_capacity(tokens, router, capacity):
    assert expert_capacity(tokens, router) == capacity


def test_shares_balance_and_drops_of_a_run():
    router = Router(alpha=0.0)
    run = simulate_routing(router, n_tokens=512, record=[0, 3, 50], key=seed_key(1))
    assert run.load.sum(axis=1) == pytest.approx(1)
    assert run.probability.sum(axis=1) == pytest.approx(1)
    assert run.balance == pytest.approx(8 * (run.load * run.probability).sum(axis=1))
    over = np.maximum(run.load * 512 - expert_capacity(512, router), 0).sum(axis=1) / 512
    assert run.dropped == pytest.approx(over)


def test_a_longer_run_begins_like_a_shorter_one():
    long, short = (
        simulate_routing(Router(), n_tokens=64, record=r, key=seed_key(2))
        for r in ([0, 5, 9], [0, 5])
    )
    assert long.load[:2].tobytes() == short.load.tobytes()


def test_the_balance_loss_evens_the_load_and_only_the_ratio_to_worth_counts():
    runs = {
        alpha: simulate_routing(Router(alpha=alpha), n_tokens=512, record=[200], key=seed_key(3))
        for alpha in (0.0, 0.01)
    }
    assert runs[0.01].load.max() < runs[0.0].load.max()
    scaled = simulate_routing(
        Router(alpha=0.02, worth=0.04, learning_rate=25.0), n_tokens=512, record=[200],
        key=seed_key(3),
    )  # fmt: skip
    assert scaled.load[0].tolist() == pytest.approx(runs[0.01].load[0].tolist(), abs=0.02)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"top_k": 9}, "top_k 9: give 1 to 8"),
        ({"width": 1}, "width 1: give at least 2"),
        ({"alpha": -1.0}, "alpha -1"),
        ({"learning_rate": math.nan}, "learning_rate nan"),
        ({"capacity_factor": 0.0}, "capacity_factor 0"),
    ],
)
def test_bad_routers(words, message):
    with pytest.raises(UsageError, match=message):
        simulate_routing(Router(**words), n_tokens=8, record=[1], key=seed_key(0))


@pytest.mark.parametrize("record", [[], [-1], [2, 2], [3, 1]])
def test_bad_records(record):
    with pytest.raises(UsageError, match="record: give ascending"):
        simulate_routing(Router(), n_tokens=8, record=record, key=seed_key(0))


@pytest.mark.parametrize(("n", "k", "capacity"), [(4, 1, 16), (4, 2, 32), (8, 3, 20), (2, 2, 60)])
def test_even_routing_drops_as_its_closed_form(n, k, capacity):
    share, error = even_dropped(64, n, k, capacity, batches=400, key=seed_key(4, n, k))
    expected = expected_even_dropped(64, n, k, capacity)
    assert abs(share - expected) <= 4.5 * error + 1e-12


def test_even_routing_by_all_outcomes():
    outcomes = [(a, b, c) for a in range(3) for b in range(3) for c in range(3)]
    drops = [sum(max(0, o.count(e) - 1) for e in range(3)) for o in outcomes]
    assert expected_even_dropped(3, 3, 1, 1) == pytest.approx(np.mean(drops) / 3, rel=1e-12)
    assert expected_even_dropped(10, 4, 2, 10) == 0


def test_bad_even_routing():
    with pytest.raises(UsageError, match="top_k 3: give 1 to 2"):
        expected_even_dropped(8, 2, 3, 4)
    with pytest.raises(UsageError, match="batches 1"):
        even_dropped(8, 2, 1, 4, batches=1, key=seed_key(0))
