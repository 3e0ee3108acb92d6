"""How parameters and training FLOPs of a transformer are counted, and what each way gives.

Published laws differ in what N and C are. Kaplan et al. 2020 leave embeddings out of N and count
6 N FLOPs a token; Hoffmann et al. 2022 count all parameters in N, and the FLOPs of embeddings,
attention and the softmax in C. A law holds for the counts that it was fitted with. The ratios to
6 N D in table A4 of Hoffmann et al. (1.03 for 73M) do not follow from the count of their appendix:
they are those of layers and attention alone, ``6nd-attention`` without embeddings.
"""

from typing import NamedTuple

from simlab.errors import UsageError, did_you_mean

PARAM_COUNTS = {
    "total": "all parameters, input and output embedding shared",
    "untied": "all parameters, input and output embedding apart",
    "non-embedding": "without embeddings (Kaplan et al. 2020)",
    "with-head": "without the input embedding, with the output one (Porian et al. 2024)",
}
"""Conventions of N."""

FLOP_COUNTS = {
    "6nd": "6 N D with the N of the convention",
    "6nd-attention": "6 N D and the products of queries, keys and values with each other",
    "hoffmann": "every product, embeddings and softmax (Hoffmann et al. 2022, appendix F)",
}
"""Conventions of training FLOPs; the backward pass costs twice the forward one."""


class Transformer(NamedTuple):
    """Shape of a decoder without biases."""

    n_layers: int
    d_model: int
    ffw_size: int
    n_heads: int
    kv_size: int
    """Width of one head."""
    vocabulary: int = 32_000
    context: int = 2048
    """Tokens of a sequence."""

    @property
    def embedding(self) -> int:
        """Parameters of one embedding table."""
        return self.vocabulary * self.d_model

    @property
    def layer(self) -> int:
        """Parameters of one layer: queries, keys, values, output, and two dense matrices."""
        return 4 * self.d_model * self.kv_size * self.n_heads + 2 * self.d_model * self.ffw_size


def count_params(model: Transformer, *, convention: str = "total") -> int:
    """Return the parameters of a transformer.

    Parameters
    ----------
    model : Transformer
    convention : str
        One of `PARAM_COUNTS`.

    Raises UsageError for an unknown convention or a shape that is not positive.

    References
    ----------
    Kaplan et al. 2020, arXiv:2001.08361, section 2.1; Hoffmann et al. 2022, arXiv:2203.15556,
    table A9.

    >>> small = Transformer(8, 512, 2048, 8, 64, vocabulary=32_168)
    >>> count_params(small), count_params(small, convention="non-embedding")
    (41635840, 25165824)
    """
    _check(model)
    _known("convention", convention, PARAM_COUNTS)
    tables = {"total": 1, "untied": 2, "non-embedding": 0, "with-head": 1}[convention]
    return model.n_layers * model.layer + tables * model.embedding


def training_flops(
    model: Transformer, n_tokens: float, *, convention: str = "6nd", params: str = "total"
) -> float:
    """Return the training FLOPs of a transformer on ``n_tokens`` tokens.

    Parameters
    ----------
    model : Transformer
    n_tokens : float
        Tokens D, positive.
    convention : str
        One of `FLOP_COUNTS`.
    params : str
        The N of 6 N D, one of `PARAM_COUNTS`; ``hoffmann`` has no N.

    Raises UsageError for an unknown convention or a value that is not positive.

    References
    ----------
    Kaplan et al. 2020, arXiv:2001.08361, table 1; Hoffmann et al. 2022, arXiv:2203.15556,
    appendix F.

    >>> small = Transformer(10, 640, 2560, 10, 64)
    >>> every = training_flops(small, 1e9, convention="hoffmann")
    >>> round(every / training_flops(small, 1e9, params="untied"), 2)
    1.29
    """
    _check(model)
    _known("convention", convention, FLOP_COUNTS)
    if not n_tokens > 0:
        raise UsageError(f"n_tokens {n_tokens:g}: give a positive number of tokens")
    if convention == "hoffmann":
        return 3 * _hoffmann_forward(model) / model.context * n_tokens
    flops = 6.0 * count_params(model, convention=params)
    if convention == "6nd-attention":
        flops += 3 * 2 * 2 * model.n_layers * model.context * model.kv_size * model.n_heads
    return flops * n_tokens


def _hoffmann_forward(m: Transformer) -> float:
    """Return the forward FLOPs of one sequence."""
    s, width = m.context, m.kv_size * m.n_heads
    embedding = 2 * s * m.vocabulary * m.d_model
    attention = (
        2 * 3 * s * m.d_model * width  # queries, keys and values
        + 2 * s * s * width  # keys times queries
        + 3 * m.n_heads * s * s  # softmax
        + 2 * s * s * width  # softmax times values
        + 2 * s * width * m.d_model  # output
    )
    dense = 2 * s * 2 * m.d_model * m.ffw_size
    logits = 2 * s * m.d_model * m.vocabulary
    return float(embedding + m.n_layers * (attention + dense) + logits)


def _check(model: Transformer) -> None:
    for name, value in model._asdict().items():
        if value < 1:
            raise UsageError(f"{name} {value}: give a number of at least 1")


def _known(what: str, name: str, known: dict[str, str]) -> None:
    if name not in known:
        raise UsageError(
            f"{what} {name!r}{did_you_mean(name, list(known))}; there are {', '.join(known)}"
        )
