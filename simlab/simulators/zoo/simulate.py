"""Simulated curves of the zoo: numbers of right items, or mean scores under any metric."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from simlab.errors import UsageError, did_you_mean
from simlab.simulators.binomial import MOST_ITEMS
from simlab.simulators.zoo.kind import Draw, Floats, Ints, Kind
from simlab.simulators.zoo.kinds import kind_of
from simlab.threads import map_ordered


def simulate(
    kind: Kind | str,
    log_scales: ArrayLike,
    n_items: int,
    *,
    chance: float = 0.0,
    n_curves: int = 1,
    seed: int = 0,
    first: int = 0,
    threads: int = 1,
) -> Ints:
    """Return numbers of right items under the kind's first metric.

    Parameters
    ----------
    kind : Kind or str
        A kind, or its name in `simlab.simulators.zoo.kinds.KINDS`.
    log_scales : (n_scales,) array_like
        ln of parameters: finite, distinct, in any order. A wider grid keeps the draws of its old
        scales.
    n_items : int
        Items at each scale, 1 .. 2^31.
    chance : float
        The success rate of guessing, 0 .. 1.
    n_curves : int
        Independent curves (seeds). More curves begin with the same ones.
    seed : int
        Names the draws, together with the kind's constants, ``n_items`` and ``chance``.
    first : int
        Number of the first curve: curves ``first`` .. ``first + n_curves - 1`` are drawn.
    threads : int
        The counts do not depend on it.

    Returns
    -------
    ndarray
        (n_curves, n_scales) int64.

    Raises
    ------
    UsageError
        An argument is out of its range.

    >>> simulate("step", np.log([1e8, 1e9, 1e10, 1e11]), 100, n_curves=2).shape
    (2, 4)
    """
    held = kind_of(kind) if isinstance(kind, str) else kind
    draw = _draw(log_scales, n_items, chance, seed, first, n_curves)
    return _in_chunks(held, draw, held.metrics[0], threads).astype(np.int64)


def simulate_scores(
    kind: Kind | str,
    log_scales: ArrayLike,
    n_items: int,
    *,
    metric: str | None = None,
    chance: float = 0.0,
    n_curves: int = 1,
    seed: int = 0,
    first: int = 0,
    threads: int = 1,
) -> Floats:
    """Return mean scores, (n_curves, n_scales) float64, under any of the kind's metrics.

    One seed gives one set of outcomes: the scores of two metrics are those of the same items.
    Arguments as for `simulate`.

    >>> x = np.log([1e8, 1e11])
    >>> hits = simulate("mirage", x, 50, n_curves=3)
    >>> bool((simulate_scores("mirage", x, 50, n_curves=3) == hits / 50).all())
    True
    """
    held = kind_of(kind) if isinstance(kind, str) else kind
    metric = metric_of(held, metric)
    draw = _draw(log_scales, n_items, chance, seed, first, n_curves)
    scored = held.n_scored(n_items, metric)
    if scored == 0:
        raise UsageError(f"{metric}: none of {n_items} items belongs to it; give more items")
    return np.asarray(_in_chunks(held, draw, metric, threads) / scored, np.float64)


def expected_scores(
    kind: Kind | str, log_scales: ArrayLike, *, chance: float = 0.0, metric: str | None = None
) -> Floats:
    """Return the true expected score at each scale, (n_scales,) float64.

    Arguments as for `simulate`; ``metric`` is one of the kind's, by default its first.

    >>> expected_scores("step", np.log([1e9, 1e10]), chance=0.5).round(2).tolist()
    [0.52, 0.82]
    """
    held = kind_of(kind) if isinstance(kind, str) else kind
    scales = _draw(log_scales, 1, chance, 0, 0, 1).log_scales
    return held.expected(scales, chance=chance, metric=metric_of(held, metric))


def metric_of(kind: Kind, metric: str | None) -> str:
    """Return a metric that the kind has, its first by default; raise UsageError for others."""
    if metric is None:
        return kind.metrics[0]
    if metric not in kind.metrics:
        hint = did_you_mean(metric, list(kind.metrics))
        name = type(kind).__name__
        raise UsageError(f"{name}: no metric {metric!r}{hint}; it has {', '.join(kind.metrics)}")
    return metric


def _in_chunks(kind: Kind, draw: Draw, metric: str, threads: int) -> Ints | Floats:
    end = draw.first + draw.n_curves

    def run(first: int) -> Ints | Floats:
        n_curves = min(kind.chunk, end - first)
        return kind.sums(draw._replace(first=first, n_curves=n_curves), metric)

    parts: Any = map_ordered(run, range(draw.first, end, kind.chunk), threads=threads)
    return np.asarray(np.concatenate(parts))


def _draw(
    log_scales: ArrayLike, n_items: int, chance: float, seed: int, first: int, n_curves: int
) -> Draw:
    """Return checked arguments."""
    x = np.atleast_1d(np.asarray(log_scales, np.float64))
    if x.ndim != 1 or x.size == 0 or not np.isfinite(x).all() or len(np.unique(x)) < len(x):
        shown = ", ".join(f"{v:g}" for v in x.ravel()[:6])
        raise UsageError(f"log_scales {shown}: give finite, distinct logarithms of sizes")
    if not 1 <= n_items <= MOST_ITEMS:
        raise UsageError(f"n_items: {n_items} lies outside 1 .. 2^31")
    if not 0.0 <= chance <= 1.0:
        raise UsageError(f"chance: {chance:g} lies outside 0 .. 1")
    if n_curves < 1 or first < 0:
        raise UsageError(f"n_curves: {n_curves} from {first}; give at least one curve, from 0 on")
    return Draw(x, int(n_items), float(chance), seed, int(first), int(n_curves))
