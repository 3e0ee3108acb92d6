"""Sizes of mixtures of experts: published models, a count matrix by matrix, bad input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.planning.moe_size import (
    MIXTRAL_8X7B,
    MIXTRAL_8X22B,
    MoeConfiguration,
    moe_size,
)


def matrices(c: MoeConfiguration) -> tuple[int, int]:
    """Count the weights one matrix after another: all, and those that work on one token."""
    total = active = 0
    for layer in range(c.n_layers):
        shapes = [(c.d_model, c.n_heads * c.d_head)]
        shapes += [(c.d_model, c.n_kv_heads * c.d_head)] * 2
        shapes += [(c.n_heads * c.d_head, c.d_model), (1, c.d_model), (1, c.d_model)]
        expert = [(c.d_model, c.d_ff)] * (2 if c.gated else 1) + [(c.d_ff, c.d_model)]
        routed = (layer + 1) % c.moe_every == 0
        fixed = (c.n_shared if routed else 1) * expert
        shapes += fixed + ([(c.d_model, c.n_experts)] if routed else [])
        both = sum(a * b for a, b in shapes)
        one = sum(a * b for a, b in expert)
        total += both + routed * c.n_experts * one
        active += both + routed * c.top_k * one
    ends = c.vocabulary * c.d_model * (1 if c.tied else 2) + c.d_model
    return total + ends, active + ends


configurations = st.builds(
    MoeConfiguration, n_layers=st.integers(1, 6), d_model=st.integers(1, 50),
    d_ff=st.integers(1, 90), n_heads=st.sampled_from([2, 4, 8]), d_head=st.integers(1, 16),
    n_kv_heads=st.sampled_from([1, 2]), vocabulary=st.integers(1, 99), n_experts=st.integers(3, 9),
    top_k=st.integers(1, 3), moe_every=st.just(1), n_shared=st.integers(0, 2), gated=st.booleans(),
    tied=st.booleans(),
)  # fmt: skip


@given(configurations, st.integers(1, 3))
def test_matrix_by_matrix(configuration: MoeConfiguration, every: int) -> None:
    c = configuration._replace(moe_every=min(every, configuration.n_layers))
    size = moe_size(c)
    assert (size.n_params, size.n_active) == matrices(c)
    assert (size.forward_flops, size.training_flops) == (2 * size.n_active, 6 * size.n_active)


@pytest.mark.parametrize(
    ("configuration", "total", "active"),
    [(MIXTRAL_8X7B, 46.7, 12.9), (MIXTRAL_8X22B, 140.6, 39.2)],
)
def test_published_sizes(configuration, total, active):
    size = moe_size(configuration)
    assert round(size.n_params / 1e9, 1) == total
    assert round(size.n_active / 1e9, 1) == active


def test_one_expert_is_a_dense_model():
    c = MIXTRAL_8X7B._replace(n_experts=1, top_k=1)
    size = moe_size(c)
    assert size.n_params == size.n_active


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"top_k": 9}, "top_k 9: there are only 8 experts"),
        ({"n_kv_heads": 5}, "n_kv_heads 5: it must divide the 32 heads"),
        ({"n_layers": 0}, "n_layers 0: give at least 1"),
        ({"n_shared": -1}, "n_shared -1: give at least 0"),
        ({"moe_every": 40}, "moe_every 40: there are only 32 layers"),
    ],
)
def test_bad_configurations(change, words):
    with pytest.raises(UsageError, match=words):
        moe_size(MIXTRAL_8X7B._replace(**change))
