"""Items of varying difficulty: the smooth curve of one item, averaged over items.

The exponent exp(eta) of `simlab.simulators.zoo.smooth` is multiplied by an item's difficulty.
A gamma distributed one with mean 1 and variance theta gives (1 + theta e^eta)^(-1/theta): the link
family of Aranda-Ordaz 1981, doi:10.1093/biomet/68.2.357; theta 0 is the curve of one item, theta 1
the logistic one. A log-normal one has no closed form and is integrated.
"""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.simulators.zoo.kind import Draw, Floats, Ints, RateKind, Truth, positive, within
from simlab.streams import child, log_gamma_variate, normal, uniform

_NODES = np.linspace(-10.0, 10.0, 801)
_WEIGHTS = np.exp(-0.5 * _NODES**2) / np.exp(-0.5 * _NODES**2).sum()
_GAMMA, _LOG_NORMAL = 0, 1


@dataclass(frozen=True, kw_only=True)
class VaryingDifficulty(RateKind):
    """What the two distributions share."""

    chunk: ClassVar[int] = 1024

    slope: float = -0.5
    half_at: float = 3e9
    """Where an item of difficulty 1 is solved half of the time."""
    same_items: bool = False
    """Whether all scales get the same items; else each gets new ones, and counts are binomial."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within(self, "slope", -1.0, 0.0)
        positive(self, "half_at")
        if self.same_items:
            within(self, "rho", 0.0, 0.0)  # models would differ by more than their items

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        reason = "A smooth curve for each item; the mean over easy and hard items is flatter still."
        return Truth("no", None, False, reason, "Aranda-Ordaz 1981, Biometrika 68, 357")

    @property
    @abstractmethod
    def _spread(self) -> tuple[int, float]:
        """Which distribution, and its constant."""

    def _eta(self, log_scales: Floats) -> Floats:
        eta = self.slope * (log_scales - math.log(self.half_at)) + math.log(math.log(2.0))
        return np.minimum(eta, 700.0)

    def sums(self, draw: Draw, metric: str) -> Ints | Floats:
        """See `Kind.sums`."""
        if not self.same_items:
            return super().sums(draw, metric)
        counts = np.empty((draw.n_curves, len(draw.log_scales)), np.int64)
        loss = np.exp(self._eta(draw.log_scales))
        _same_items(
            self.key(draw, "items"),
            self.scale_keys(draw),
            draw.first,
            *self._spread,
            loss,
            draw.n_items,
            self.ceiling,
            draw.chance,
            counts,
        )
        return counts


@dataclass(frozen=True, kw_only=True)
class GammaDifficulty(VaryingDifficulty):
    """Difficulty gamma distributed with mean 1 and variance ``theta``."""

    theta: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        within(self, "theta", 0.0, 100.0)

    @property
    def _spread(self) -> tuple[int, float]:
        return _GAMMA, self.theta

    def ability(self, log_scales: Floats) -> Floats:
        """See `RateKind.ability`."""
        loss = np.exp(self._eta(log_scales))
        if self.theta < 1e-12:
            return np.exp(-loss)
        return np.exp(-np.log1p(self.theta * loss) / self.theta)


@dataclass(frozen=True, kw_only=True)
class LogNormalDifficulty(VaryingDifficulty):
    """Logarithm of difficulty normal with mean 0 and standard deviation ``sigma``."""

    sigma: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        within(self, "sigma", 0.0, 5.0)

    @property
    def _spread(self) -> tuple[int, float]:
        return _LOG_NORMAL, self.sigma

    def ability(self, log_scales: Floats) -> Floats:
        """See `RateKind.ability`; trapezoids, exact to about 1e-12."""
        eta = self._eta(log_scales)[:, np.newaxis] + self.sigma * _NODES
        return np.asarray(np.exp(-np.exp(np.minimum(eta, 700.0))) @ _WEIGHTS)


@kernel
def difficulty1(key: np.uint64, item: int, which: int, spread: float) -> float:
    """Return the difficulty of an item: gamma (0) or log-normal (1) by ``which``."""
    if spread == 0.0:
        return 1.0
    if which == 1:
        return math.exp(spread * normal(key, np.uint64(item)))
    return spread * math.exp(log_gamma_variate(key, np.uint64(item), 1.0 / spread))


@kernel
def _same_items(
    items_key: np.uint64,
    scale_keys: NDArray[np.uint64],
    first: int,
    which: int,
    spread: float,
    loss: Floats,
    n_items: int,
    ceiling: float,
    chance: float,
    counts: Ints,
) -> None:
    """Count right items; the items of a curve keep their difficulty at all scales."""
    difficulty = np.empty(n_items)
    for c in range(len(counts)):
        curve = np.uint64(first + c)
        own = child(items_key, curve)
        for item in range(n_items):
            difficulty[item] = difficulty1(own, item, which, spread)
        for s in range(len(scale_keys)):
            key = child(scale_keys[s], curve)
            right = 0
            for item in range(n_items):
                p = chance + (1.0 - chance) * ceiling * math.exp(-loss[s] * difficulty[item])
                right += uniform(key, np.uint64(item)) < p
            counts[c, s] = right
