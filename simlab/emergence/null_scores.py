"""Emergence scores of curves whose truth is given: what noise and smoothness alone produce."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.emergence.batch import emergence_scores_of
from simlab.errors import UsageError
from simlab.simulators.count_tables import count_tables, tabled_counts
from simlab.streams import seed_key
from simlab.threads import map_ordered

CHUNK = 4096
"""Curves of one job: their counts stay in the second-level cache between draw and score."""


def null_emergence_scores(
    expected: ArrayLike,
    n_items: ArrayLike,
    *,
    rho: ArrayLike = 0.0,
    n_curves: int = 10_000,
    seed: int = 0,
    threads: int = 1,
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Return emergence scores of simulated curves of binomial or beta-binomial scores.

    Parameters
    ----------
    expected : (n_scales,) array_like
        Expected score at each scale, in order, 0 .. 1.
    n_items : (n_scales,) array_like or int
        Items behind each score, 1 .. 20,000.
    rho : (n_scales,) array_like or float
        Correlation of two items of one model, 0 .. 1: spread between models beyond the items'.
    n_curves : int
        Curves; more of them begin with the same ones.
    seed, threads : int
        The scores depend on the seed and not on the threads.

    Returns
    -------
    scores, codes : ndarray
        (n_curves,) float64 and int8, as `simlab.emergence.batch.emergence_scores_of` gives them.

    Raises
    ------
    UsageError
        An argument is out of its range.

    How often a flat curve at chance exceeds 5, undefined scores counted with it:

    >>> scores, codes = null_emergence_scores([0.25] * 8, 100, n_curves=100_000)
    >>> bool(abs(np.mean((scores > 5) | (codes == 1)) - 0.052) < 0.003)
    True
    """
    p = np.atleast_1d(np.asarray(expected, np.float64))
    items = np.broadcast_to(np.asarray(n_items), p.shape)
    if n_curves < 1 or p.ndim != 1 or (items.size and items.min() < 1):
        raise UsageError(
            f"null curves: {n_curves} curves, expected of shape {p.shape}; give at least 1 curve, "
            "one score a scale, and at least 1 item each"
        )
    tables = count_tables(items, p, rho=rho)
    keys = [seed_key(seed, "null-emergence", scale) for scale in range(len(p))]

    def run(first: int) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
        counts = tabled_counts(tables, keys, n_draws=min(CHUNK, n_curves - first), first=first)
        return emergence_scores_of(counts / items)

    parts = map_ordered(run, range(0, n_curves, CHUNK), threads=threads)
    return np.concatenate([s for s, _ in parts]), np.concatenate([c for _, c in parts])
