"""A smooth per-token ability under exact match of L tokens, and two kinder metrics beside it.

Schaeffer et al. 2023, arXiv 2304.15004: loss per token (N / c)^alpha, a token is right with
probability p = exp(-loss), an item if all L are. On the same outcomes, the token edit distance is
the number of wrong tokens (of a large vocabulary, so that wrong tokens match no other place), and
the Brier score (1 - p)^2 says how sure of a token the model is. Items may differ in difficulty: a
gamma factor of the loss with mean 1 and variance theta, the same at all scales.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.simulators.zoo.difficulty import difficulty1
from simlab.simulators.zoo.kind import Draw, Floats, Ints, Kind, Truth, positive, whole, within
from simlab.streams import child, uniform

_EXACT, _EDITS, _BRIER = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Mirage(Kind):
    """Exact match, token edit distance and Brier score of the same outcomes."""

    metrics: ClassVar[tuple[str, ...]] = ("exact_match", "token_edit_distance", "brier_score")

    alpha: float = -0.5
    c: float = 2e9
    """Scale at which a token costs one nat."""
    n_tokens: int = 5
    """Tokens of an item, L."""
    theta: float = 0.0
    """Variance of the items' difficulty."""

    def __post_init__(self) -> None:
        within(self, "alpha", -100.0, 0.0)
        positive(self, "c")
        whole(self, "n_tokens", 1, 10_000)
        within(self, "theta", 0.0, 100.0)

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        reason = (
            "The ability per token is smooth; exact match of several tokens looks like a jump, "
            "token edit distance and Brier score do not."
        )
        source = "Schaeffer et al. 2023, arXiv 2304.15004"
        return Truth("metric", None, False, reason, source, self.metrics[0])

    def loss(self, log_scales: Floats) -> Floats:
        """Return nats per token of an item of difficulty 1, (n_scales,)."""
        return np.exp(np.minimum(self.alpha * (log_scales - math.log(self.c)), 700.0))

    def _all_right(self, loss: Floats) -> Floats:
        """Return the mean of exp(-loss difficulty) over items."""
        if self.theta < 1e-12:
            return np.exp(-loss)
        return np.exp(-np.log1p(self.theta * loss) / self.theta)

    def expected(
        self, log_scales: Floats, *, chance: float = 0.0, metric: str | None = None
    ) -> Floats:
        """See `Kind.expected`; guessing turns whole items right and touches no other metric."""
        loss, L = self.loss(log_scales), self.n_tokens
        if metric == "token_edit_distance":
            return np.asarray(L * (1.0 - self._all_right(loss)))
        if metric == "brier_score":
            return 1.0 - 2.0 * self._all_right(loss) + self._all_right(2.0 * loss)
        return chance + (1.0 - chance) * self._all_right(L * loss)

    def sums(self, draw: Draw, metric: str) -> Ints | Floats:
        """See `Kind.sums`."""
        which = self.metrics.index(metric)
        sums = np.empty((draw.n_curves, len(draw.log_scales)))
        _mirage(
            self.key(draw, "items"),
            self.scale_keys(draw),
            draw.first,
            self.theta,
            self.loss(draw.log_scales),
            draw.n_items,
            self.n_tokens,
            draw.chance,
            which,
            sums,
        )
        return sums if which == _BRIER else sums.astype(np.int64)


@kernel
def _mirage(
    items_key: np.uint64,
    scale_keys: NDArray[np.uint64],
    first: int,
    theta: float,
    loss: Floats,
    n_items: int,
    n_tokens: int,
    chance: float,
    which: int,
    sums: Floats,
) -> None:
    """Add up one metric; an item uses a counter for each token and one for the guess."""
    difficulty = np.empty(n_items)
    for c in range(len(sums)):
        curve = np.uint64(first + c)
        own = child(items_key, curve)
        for item in range(n_items):
            difficulty[item] = difficulty1(own, item, 0, theta)
        for s in range(len(scale_keys)):
            key = child(scale_keys[s], curve)
            total, p = 0.0, math.exp(-loss[s])
            for item in range(n_items):
                if theta > 0.0:
                    p = math.exp(-loss[s] * difficulty[item])
                counter = np.uint64(item * (n_tokens + 1))
                wrong = 0
                for t in range(n_tokens):
                    wrong += uniform(key, counter + np.uint64(t)) >= p
                if which == 0:
                    guessed = uniform(key, counter + np.uint64(n_tokens)) < chance
                    total += 1.0 if wrong == 0 or guessed else 0.0
                elif which == 1:
                    total += wrong
                else:
                    total += (1.0 - p) * (1.0 - p)
            sums[c, s] = total
