"""A multiple-choice grade asks whether the right option has the most mass: a threshold.

Schaeffer et al. 2023, arXiv 2304.15004: the right option has mass exp(-loss), loss falls as a power
law, and the grade jumps where the mass passes 1/k. Here the loss of an item is multiplied by a
log-normal difficulty; its spread sigma rounds the jump, and sigma = 0 is the paper's. The Brier
score (1 - mass)^2 of the same items is smooth whatever sigma is.
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

_NODES = np.linspace(-10.0, 10.0, 801)
_WEIGHTS = np.exp(-0.5 * _NODES**2) / np.exp(-0.5 * _NODES**2).sum()


@dataclass(frozen=True, kw_only=True)
class MultipleChoice(Kind):
    """Multiple-choice grade and Brier score of the same items; new items at each scale."""

    metrics: ClassVar[tuple[str, ...]] = ("multiple_choice_grade", "brier_score")

    alpha: float = -0.3
    threshold_at: float = 3e9
    """Scale at which the right option of an item of difficulty 1 has mass 1/k."""
    n_options: int = 4
    """Options, k."""
    sigma: float = 0.2
    """Standard deviation of ln difficulty."""

    def __post_init__(self) -> None:
        within(self, "alpha", -100.0, 0.0)
        positive(self, "threshold_at")
        whole(self, "n_options", 2, 1000)
        within(self, "sigma", 0.0, 5.0)

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        reason = (
            "The mass on the right option is smooth; the grade jumps where it passes that of the "
            "others."
        )
        source = "Schaeffer et al. 2023, arXiv 2304.15004"
        return Truth("metric", self.threshold_at, True, reason, source, self.metrics[0])

    def loss(self, log_scales: Floats) -> Floats:
        """Return nats of the right option of an item of difficulty 1, (n_scales,)."""
        return math.log(self.n_options) * np.exp(
            np.minimum(self.alpha * (log_scales - math.log(self.threshold_at)), 700.0)
        )

    def expected(
        self, log_scales: Floats, *, chance: float = 0.0, metric: str | None = None
    ) -> Floats:
        """See `Kind.expected`; items below the threshold are right by ``chance``."""
        from scipy.special import ndtr

        loss = self.loss(log_scales)
        if metric == "brier_score":
            mass = np.exp(-loss[:, np.newaxis] * np.exp(self.sigma * _NODES))
            return np.asarray((1.0 - mass) ** 2 @ _WEIGHTS)
        room = math.log(math.log(self.n_options)) - np.log(np.maximum(loss, 1e-300))
        known = ndtr(room / self.sigma) if self.sigma > 0.0 else (room > 0.0).astype(np.float64)
        return np.asarray(chance + (1.0 - chance) * known)

    def sums(self, draw: Draw, metric: str) -> Ints | Floats:
        """See `Kind.sums`."""
        sums = np.empty((draw.n_curves, len(draw.log_scales)))
        graded = metric == self.metrics[0]
        _multiple_choice(
            self.scale_keys(draw),
            draw.first,
            self.sigma,
            self.loss(draw.log_scales),
            math.log(self.n_options),
            draw.n_items,
            draw.chance,
            graded,
            sums,
        )
        return sums.astype(np.int64) if graded else sums


@kernel
def _multiple_choice(
    scale_keys: NDArray[np.uint64],
    first: int,
    sigma: float,
    loss: Floats,
    threshold: float,
    n_items: int,
    chance: float,
    graded: bool,
    sums: Floats,
) -> None:
    """Add up grades or Brier scores; label 0 of a curve names difficulties, label 1 guesses."""
    for c in range(len(sums)):
        for s in range(len(scale_keys)):
            key = child(scale_keys[s], np.uint64(first + c))
            items, guesses = child(key, np.uint64(0)), child(key, np.uint64(1))
            total = 0.0
            for item in range(n_items):
                own = loss[s] * difficulty1(items, item, 1, sigma)
                if not graded:
                    miss = 1.0 - math.exp(-own)
                    total += miss * miss
                elif own < threshold or uniform(guesses, np.uint64(item)) < chance:
                    total += 1.0
            sums[c, s] = total
