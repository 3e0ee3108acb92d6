"""Kernels of the zoo against their slow oracles, and percolation against its theory."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.simulators.zoo.difficulty import GammaDifficulty, LogNormalDifficulty
from simlab.simulators.zoo.kind import Draw
from simlab.simulators.zoo.kinds import default_log_scales
from simlab.simulators.zoo.mirage import Mirage
from simlab.simulators.zoo.multiple_choice import MultipleChoice
from simlab.simulators.zoo.percolation import Percolation, connected_shares
from simlab.simulators.zoo.seed_mixture import SeedMixture
from simlab.simulators.zoo.simulate import expected_scores
from tests.naive import zoo as naive_zoo

X = default_log_scales(3)
seeds = st.integers(0, 2**63)
firsts = st.integers(0, 2**40)
chances = st.floats(0, 1) | st.just(0.0)


def draw_of(seed: int, first: int, chance: float, n_items: int = 9, n_curves: int = 2) -> Draw:
    return Draw(X, n_items, chance, seed, first, n_curves)


@settings(max_examples=40)
@given(seeds, firsts, chances, st.integers(1, 4), st.floats(0.05, 4) | st.just(0.0))
def test_mirage(seed: int, first: int, chance: float, L: int, theta: float) -> None:
    kind = Mirage(n_tokens=L, theta=theta, alpha=-0.3)
    draw = draw_of(seed, first, chance)
    loss, items, keys = kind.loss(X), int(kind.key(draw, "items")), kind.scale_keys(draw)
    for m, metric in enumerate(kind.metrics):
        sums = kind.sums(draw, metric)
        for c in range(2):
            for s in range(3):
                told = naive_zoo.mirage_items(
                    items, int(keys[s]), first + c, theta, loss[s], 9, L, chance
                )
                assert sums[c, s] == pytest.approx(sum(item[m] for item in told), abs=1e-12)


@settings(max_examples=40)
@given(seeds, firsts, chances, st.floats(0, 2))
def test_multiple_choice(seed: int, first: int, chance: float, sigma: float) -> None:
    kind = MultipleChoice(sigma=sigma, n_options=3)
    draw = draw_of(seed, first, chance)
    loss, keys = kind.loss(X), kind.scale_keys(draw)
    for m, metric in enumerate(kind.metrics):
        sums = kind.sums(draw, metric)
        for c in range(2):
            for s in range(3):
                told = naive_zoo.multiple_choice_items(
                    int(keys[s]), first + c, sigma, loss[s], 3, 9, chance
                )
                assert sums[c, s] == pytest.approx(sum(item[m] for item in told), abs=1e-12)


@settings(max_examples=40)
@given(seeds, firsts, chances, st.floats(0.05, 4), st.booleans(), st.floats(0, 1))
def test_same_items(
    seed: int, first: int, chance: float, spread: float, gamma: bool, ceiling: float
) -> None:
    kind: GammaDifficulty | LogNormalDifficulty
    if gamma:
        kind = GammaDifficulty(theta=spread, same_items=True, ceiling=ceiling)
    else:
        kind = LogNormalDifficulty(sigma=spread, same_items=True, ceiling=ceiling)
    draw = draw_of(seed, first, chance)
    counts = kind.sums(draw, "accuracy")
    loss = np.log(2) * np.exp(-0.5 * (X - np.log(3e9)))
    items, keys = int(kind.key(draw, "items")), kind.scale_keys(draw)
    for c in range(2):
        for s in range(3):
            assert counts[c, s] == naive_zoo.same_items_count(
                items, int(keys[s]), first + c, "gamma" if gamma else "normal", spread,
                float(loss[s]), 9, ceiling, chance,
            )  # fmt: skip


@settings(max_examples=40)
@given(seeds, firsts, st.floats(0, 1), st.floats(0, 1), st.integers(1, 3000))
def test_seed_mixture(seed: int, first: int, low: float, high: float, n: int) -> None:
    kind = SeedMixture(low=low, high=high)
    draw = draw_of(seed, first, 0.0, n_items=n)
    counts, keys, success = kind.sums(draw, "accuracy"), kind.scale_keys(draw), kind.success(X)
    for c in range(2):
        for s in range(3):
            assert counts[c, s] == naive_zoo.mixture_count(
                int(keys[s]), first + c, success[s], low, high, n
            )


@settings(max_examples=60)
@given(
    st.integers(0, 2**64 - 1), st.integers(1, 12), st.integers(1, 12),
    st.lists(st.integers(0, 40), min_size=1, max_size=4),
)  # fmt: skip
def test_connected_shares(key: int, n_entities: int, n_properties: int, edges: list[int]) -> None:
    n = n_entities + n_properties
    held = np.array(sorted(edges))
    scratch = np.empty(n, np.int64), np.empty(2 * n, np.int64)
    shares = connected_shares(np.uint64(key), n_entities, n_properties, held, *scratch)
    slow = [naive_zoo.connected_share(key, n_entities, n_properties, int(m)) for m in held]
    assert shares.tolist() == slow


def test_percolation_tends_to_its_limit() -> None:
    """Away from the threshold the finite graph is the limit up to terms of 1 / size."""
    x = np.log(3e9) + 2 * np.log([0.3, 0.7, 1.0, 1.5, 2.0, 4.0])  # edges over the threshold
    gaps = []
    for size in 100, 400, 1600:
        kind = Percolation(n_entities=size, n_properties=size)
        gaps.append(np.abs(expected_scores(kind, x) - kind.limit(x)))
    far = [0, 1, 3, 4, 5]
    assert (gaps[2][far] < 0.01).all()
    assert (gaps[2][far] < gaps[0][far] + 0.003).all()
    at = [
        float(gap[2]) for gap in gaps
    ]  # at the threshold: as size^(-2/3), both shares size^(-1/3)
    assert at[0] > 1.9 * at[1] > 3.6 * at[2]
    assert np.log(at[0] / at[2]) / np.log(16) == pytest.approx(2 / 3, abs=0.12)


@pytest.mark.parametrize(("n_entities", "n_properties"), [(500, 500), (100, 2000)])
def test_the_threshold_is_the_root_of_the_sizes(n_entities: int, n_properties: int) -> None:
    kind = Percolation(n_entities=n_entities, n_properties=n_properties, growth=1.0)
    assert kind.edges(np.log(np.array([3e9])))[0] == round((n_entities * n_properties) ** 0.5)
    x = np.log(3e9) + np.log([0.5, 0.98, 1.05, 1.2, 3.0])
    limit = kind.limit(x)
    assert limit[:2].tolist() == [0.0, 0.0]
    assert (limit[2:] > 0).all()
    for share, m in zip(limit[2:], kind.edges(x)[2:], strict=True):
        a, b = m / n_entities, m / n_properties
        # S from the product: T = share / S solves both equations
        s = 1 - np.exp(-a * 1.0)
        for _ in range(5000):
            s = 1 - np.exp(-a * (1 - np.exp(-b * s)))
        assert share == pytest.approx(s * (1 - np.exp(-b * s)), abs=1e-9)
