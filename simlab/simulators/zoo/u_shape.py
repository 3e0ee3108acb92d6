"""Two groups of items with opposite trends, which cancel until both rise.

Wu & Lo 2024, arXiv 2410.01692: with scale, hard items first get worse and then better (a U), easy
ones better, worse, and better again (an inverted U, then a rise). While the trends cancel, the mean
over all items stands still; where both rise it takes off, and nothing has broken.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from simlab.simulators.binomial import sample_counts
from simlab.simulators.zoo.kind import Draw, Floats, Ints, Kind, Truth, positive, within


@dataclass(frozen=True, kw_only=True)
class OppositeTrends(Kind):
    """Accuracy on all items, on the easy ones, and on the hard ones.

    Easy: ``start + swing bump + rise``; hard: ``start - swing bump share / (1 - share) + rise``;
    the bump is a bell of width 1 e-fold around ``bump_at``, the rise logistic in ln N to ``top``.
    """

    metrics: ClassVar[tuple[str, ...]] = ("accuracy", "accuracy_easy", "accuracy_hard")
    chunk: ClassVar[int] = 4096

    easy: float = 0.5
    """Share of easy items; of n items, floor(n easy + 1/2) are, and the mean is as much off."""
    start: float = 0.15
    """Ability of the smallest models."""
    swing: float = 0.12
    """Height of the bump of easy items."""
    bump_at: float = 6e8
    top: float = 0.85
    """Ability that the largest models approach."""
    steepness: float = 1.0
    half_at: float = 2e10

    def __post_init__(self) -> None:
        within(self, "easy", 0.01, 0.99)
        within(self, "start", 0.0, 1.0)
        within(self, "top", self.start, 1.0)
        within(self, "swing", 0.0, min(1.0 - self.top, self.start * (1.0 - self.easy) / self.easy))
        positive(self, "bump_at")
        within(self, "steepness", 0.0, 100.0)
        positive(self, "half_at")

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        reason = (
            "Easy and hard items have opposite smooth trends that cancel until both rise: the mean "
            "is flat, then takes off."
        )
        source = "Wu & Lo 2024, arXiv 2410.01692"
        return Truth("no", None, False, reason, source)

    def expected(
        self, log_scales: Floats, *, chance: float = 0.0, metric: str | None = None
    ) -> Floats:
        """See `Kind.expected`."""
        bump = np.exp(-0.5 * (log_scales - math.log(self.bump_at)) ** 2)
        z = self.steepness * (log_scales - math.log(self.half_at))
        rise = (self.top - self.start) / (1.0 + np.exp(np.minimum(-z, 700.0)))
        swing = {
            "accuracy_easy": self.swing,
            "accuracy_hard": -self.swing * self.easy / (1.0 - self.easy),
        }.get(metric or "accuracy", 0.0)
        return np.asarray(chance + (1.0 - chance) * (self.start + swing * bump + rise))

    def n_scored(self, n_items: int, metric: str) -> int:
        """See `Kind.n_scored`."""
        n_easy = math.floor(n_items * self.easy + 0.5)
        groups = {"accuracy_easy": n_easy, "accuracy_hard": n_items - n_easy}
        return groups.get(metric, n_items)

    def sums(self, draw: Draw, metric: str) -> Ints | Floats:
        """See `Kind.sums`; the counts of the two groups add up to those of all items."""
        total = np.zeros((draw.n_curves, len(draw.log_scales)), np.int64)
        for group in self.metrics[1:]:
            if metric in (self.metrics[0], group):
                keys = [self.key(draw, group, float(x)) for x in draw.log_scales]
                p = self.expected(draw.log_scales, chance=draw.chance, metric=group)
                n = self.n_scored(draw.n_items, group)
                total += sample_counts(keys, n, p, n_draws=draw.n_curves, first=draw.first)
        return total
