"""Runs that succeed or fail by their seed; the chance of success is smooth in scale.

Zhao et al. 2025, arXiv 2502.17356: at one scale the scores of many seeds have two peaks, and what
looks like a jump in one run per scale is a smooth change of the weights of the two peaks.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.simulators.binomial import binomial
from simlab.simulators.zoo.kind import Draw, Floats, Ints, Kind, Truth, positive, within
from simlab.streams import child, uniform


@dataclass(frozen=True, kw_only=True)
class SeedMixture(Kind):
    """Ability ``high`` with probability ``P(success)``, else ``low``, anew at each scale.

    P(success) is logistic in ln N: 1 / (1 + (N / half_at)^-steepness).
    """

    chunk: ClassVar[int] = 4096

    low: float = 0.05
    high: float = 0.8
    steepness: float = 0.8
    half_at: float = 3e9

    def __post_init__(self) -> None:
        within(self, "low", 0.0, 1.0)
        within(self, "high", 0.0, 1.0)
        within(self, "steepness", 0.0, 100.0)
        positive(self, "half_at")

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        reason = (
            "Runs have two outcomes and one run jumps between them; the mean over seeds and the "
            "probability of the better outcome are smooth."
        )
        source = "Zhao et al. 2025, arXiv 2502.17356"
        return Truth("no", None, self.steepness > 1.0, reason, source)

    def success(self, log_scales: Floats) -> Floats:
        """Return P(success), the share of seeds with the better outcome, (n_scales,)."""
        z = self.steepness * (log_scales - math.log(self.half_at))
        return np.asarray(1.0 / (1.0 + np.exp(np.minimum(-z, 700.0))))

    def expected(
        self, log_scales: Floats, *, chance: float = 0.0, metric: str | None = None
    ) -> Floats:
        """See `Kind.expected`; the mean over seeds."""
        ability = self.low + (self.high - self.low) * self.success(log_scales)
        return np.asarray(chance + (1.0 - chance) * ability)

    def sums(self, draw: Draw, metric: str) -> Ints | Floats:
        """See `Kind.sums`."""
        counts = np.empty((draw.n_curves, len(draw.log_scales)), np.int64)
        low, high = (draw.chance + (1.0 - draw.chance) * p for p in (self.low, self.high))
        success = self.success(draw.log_scales)
        _mixture(self.scale_keys(draw), draw.first, success, low, high, draw.n_items, counts)
        return counts


@kernel
def _mixture(
    scale_keys: NDArray[np.uint64],
    first: int,
    success: Floats,
    low: float,
    high: float,
    n_items: int,
    counts: Ints,
) -> None:
    for s in range(len(scale_keys)):
        runs, items = child(scale_keys[s], np.uint64(0)), child(scale_keys[s], np.uint64(1))
        for c in range(len(counts)):
            curve = np.uint64(first + c)
            p = high if uniform(runs, curve) < success[s] else low
            counts[c, s] = binomial(items, curve, n_items, p)
