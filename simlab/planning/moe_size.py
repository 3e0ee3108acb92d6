"""Parameters and FLOPs per token of a decoder with a mixture of experts, from its configuration."""

from typing import NamedTuple

from simlab.errors import UsageError


class MoeConfiguration(NamedTuple):
    """What decides the size of a transformer with experts in place of feed-forward layers."""

    n_layers: int
    d_model: int
    d_ff: int
    """Hidden width of one expert."""
    n_heads: int
    d_head: int
    n_kv_heads: int
    """Heads of keys and values; fewer than ``n_heads`` with grouped queries."""
    vocabulary: int
    n_experts: int
    top_k: int
    """Experts that work on a token."""
    moe_every: int = 1
    """A mixture in every so-manieth layer; the others are dense and of the same width."""
    n_shared: int = 0
    """Experts that work on every token beside the routed ones."""
    gated: bool = True
    """Three matrices an expert (SwiGLU, GEGLU), or two."""
    tied: bool = False
    """Whether the output layer is the embedding."""


MIXTRAL_8X7B = MoeConfiguration(
    n_layers=32, d_model=4096, d_ff=14336, n_heads=32, d_head=128, n_kv_heads=8, vocabulary=32000,
    n_experts=8, top_k=2,
)  # fmt: skip
"""Jiang et al. 2024, "Mixtral of experts", arXiv:2401.04088, table 1."""

MIXTRAL_8X22B = MoeConfiguration(
    n_layers=56, d_model=6144, d_ff=16384, n_heads=48, d_head=128, n_kv_heads=8, vocabulary=32768,
    n_experts=8, top_k=2,
)  # fmt: skip
"""Published configuration of Mixtral 8x22B: 141B parameters, 39B active."""

PRESETS = {"mixtral-8x7b": MIXTRAL_8X7B, "mixtral-8x22b": MIXTRAL_8X22B}


class MoeSize(NamedTuple):
    """Sizes in parameters, and FLOPs a token."""

    n_params: int
    """All parameters: what must be stored."""
    n_active: int
    """Parameters that work on one token, embeddings and output layer included."""
    n_expert: int
    """One expert, over all layers that have a mixture."""
    n_router: int
    forward_flops: float
    """2 FLOPs per active parameter and token; attention over the context is left out."""
    training_flops: float
    """6 FLOPs per active parameter and token."""


def moe_size(configuration: MoeConfiguration) -> MoeSize:
    """Return parameters and FLOPs per token of a decoder-only transformer with experts.

    Counted: queries, keys, values and output of attention, experts, routers, two norm vectors a
    layer and one at the end, embedding, and output layer. Without biases.

    Raises UsageError if a number is not positive, ``top_k`` exceeds the experts, or
    ``n_kv_heads`` does not divide ``n_heads``.

    References
    ----------
    Kaplan et al. 2020, arXiv:2001.08361, table 1, for 2 and 6 FLOPs per parameter; Fedus et al.
    2021, arXiv:2101.03961, for active and total parameters.

    >>> size = moe_size(MIXTRAL_8X7B)
    >>> round(size.n_params / 1e9, 1), round(size.n_active / 1e9, 1)
    (46.7, 12.9)
    """
    c = configuration
    _check(c)
    attention = c.d_model * c.d_head * (2 * c.n_heads + 2 * c.n_kv_heads)
    feed_forward = (3 if c.gated else 2) * c.d_model * c.d_ff
    n_moe = c.n_layers // c.moe_every
    router = n_moe * c.d_model * c.n_experts
    dense = c.n_layers * (attention + 2 * c.d_model) + (c.n_layers - n_moe) * feed_forward
    dense += n_moe * c.n_shared * feed_forward
    ends = c.d_model * c.vocabulary * (1 if c.tied else 2) + c.d_model
    total = dense + ends + router + n_moe * c.n_experts * feed_forward
    active = dense + ends + router + n_moe * c.top_k * feed_forward
    return MoeSize(total, active, n_moe * feed_forward, router, 2.0 * active, 6.0 * active)


def _check(c: MoeConfiguration) -> None:
    for name, value in c._asdict().items():
        if name in ("gated", "tied"):
            continue
        lowest = 0 if name == "n_shared" else 1
        if value < lowest:
            raise UsageError(f"{name} {value}: give at least {lowest}")
    if c.top_k > c.n_experts:
        raise UsageError(f"top_k {c.top_k}: there are only {c.n_experts} experts")
    if c.n_heads % c.n_kv_heads:
        raise UsageError(f"n_kv_heads {c.n_kv_heads}: it must divide the {c.n_heads} heads")
    if c.moe_every > c.n_layers:
        raise UsageError(f"moe_every {c.moe_every}: there are only {c.n_layers} layers")
