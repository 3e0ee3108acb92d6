"""Routing without preference: what drops by chance alone where every expert is as likely.

A router that picks its k experts at random fills an expert with a binomial number of choices, so
that some exceed the capacity even though the load is even on average.
"""

import numpy as np

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.streams import child, integer


@kernel
def _dropped(key: np.uint64, n_tokens: int, n_experts: int, top_k: int, capacity: int) -> int:
    """Return how many choices of one batch find their expert full."""
    order = np.arange(n_experts)
    held = np.zeros(n_experts, np.int64)
    for t in range(n_tokens):
        for c in range(top_k):  # the first top_k places of a random order
            i = c + integer(key, np.uint64(t * top_k + c), n_experts - c)
            order[c], order[i] = order[i], order[c]
            held[order[c]] += 1
    dropped = 0
    for e in range(n_experts):
        dropped += max(0, held[e] - capacity)
    return dropped


def even_dropped(
    n_tokens: int, n_experts: int, top_k: int, capacity: int, *, batches: int, key: np.uint64
) -> tuple[float, float]:
    """Return the share of choices that drop, and its standard error over batches.

    Raises UsageError if a number is out of its range.

    >>> from simlab.streams import seed_key
    >>> share, error = even_dropped(1024, 8, 1, 128, batches=50, key=seed_key(0))
    >>> abs(share - expected_even_dropped(1024, 8, 1, 128)) < 5 * error
    True
    """
    _check(n_tokens, n_experts, top_k, capacity)
    if batches < 2:
        raise UsageError(f"batches {batches}: give at least 2")
    counts = [
        _dropped(np.uint64(child(key, np.uint64(b))), n_tokens, n_experts, top_k, capacity)
        for b in range(batches)
    ]
    shares = np.array(counts) / (n_tokens * top_k)
    return float(shares.mean()), float(shares.std(ddof=1) / np.sqrt(batches))


def expected_even_dropped(n_tokens: int, n_experts: int, top_k: int, capacity: int) -> float:
    """Return the expected share: ``n E[max(0, X - capacity)] / (k T)``, X ~ B(T, k / n).

    Raises UsageError if a number is out of its range.

    >>> round(expected_even_dropped(2, 2, 1, 1), 12)
    0.25
    """
    from scipy.stats import binom

    _check(n_tokens, n_experts, top_k, capacity)
    law = binom(n_tokens, top_k / n_experts)
    above = np.arange(capacity, n_tokens)  # E max(0, X - c) is the sum of P(X > x) from x = c
    return float(n_experts * law.sf(above).sum() / (n_tokens * top_k))


def _check(n_tokens: int, n_experts: int, top_k: int, capacity: int) -> None:
    for name, value in (("n_tokens", n_tokens), ("n_experts", n_experts), ("capacity", capacity)):
        if value < 1:
            raise UsageError(f"{name} {value}: give at least 1")
    if not 1 <= top_k <= n_experts:
        raise UsageError(f"top_k {top_k}: give 1 to {n_experts}, the experts")
