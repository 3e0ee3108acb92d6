"""Smooth curves: flat, linear in the logarithm of scale, and the usual links of ability to scale.

``eta = slope (x - x_half) + const``, x = ln N, where ``const`` puts the ability at one half at
``half_at``. With exact match of L tokens whose loss is a power law of N with exponent alpha, the
ability is exp(-exp(eta)) and ``slope`` is alpha; L only shifts the curve.
"""

import math
from dataclasses import dataclass

import numpy as np

from simlab.simulators.zoo.kind import Floats, RateKind, Truth, positive, within

STEEPEST = 1.0
"""Largest |alpha| of a known scaling law, per e-fold of N; a curve beyond it counts as sharp."""


@dataclass(frozen=True, kw_only=True)
class Flat(RateKind):
    """No scale helps: chance, and ``level`` beyond it."""

    level: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        within(self, "level", 0.0, 1.0)

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        return Truth("no", None, False, "The score is the same at every scale.", "definition")

    def ability(self, log_scales: Floats) -> Floats:
        """See `RateKind.ability`."""
        return np.full(len(log_scales), self.level)


@dataclass(frozen=True, kw_only=True)
class LogLinear(RateKind):
    """A straight line in ln N from ``low`` at ``from_at`` to ``high`` at ``to_at``, cut at 0 and 1.

    Beyond the two scales the line goes on.
    """

    low: float = 0.05
    high: float = 0.8
    from_at: float = 1e8
    to_at: float = 1e11

    def __post_init__(self) -> None:
        super().__post_init__()
        within(self, "low", 0.0, 1.0)
        within(self, "high", 0.0, 1.0)
        positive(self, "from_at")
        within(self, "to_at", self.from_at * 1.001, 1e300)

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        reason = "Every e-fold of parameters adds the same to the score."
        return Truth("no", None, False, reason, "definition")

    def ability(self, log_scales: Floats) -> Floats:
        """See `RateKind.ability`."""
        share = (log_scales - math.log(self.from_at)) / math.log(self.to_at / self.from_at)
        return np.clip(self.low + (self.high - self.low) * share, 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Gumbel(RateKind):
    """exp(-exp(eta)): all of several tokens right, where the loss of a token is a power law."""

    slope: float = -0.5
    half_at: float = 3e9

    def __post_init__(self) -> None:
        super().__post_init__()
        within(self, "slope", -100.0, 0.0)
        positive(self, "half_at")

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        if -self.slope > STEEPEST:
            reason = (
                f"Smooth, but loss would have to fall as N^{self.slope:g}, steeper than any known "
                "scaling law."
            )
            return Truth("no", None, True, reason, "definition")
        reason = (
            f"Per-token loss is a power law, N^{self.slope:g}; ln(-ln score) is a line in ln N."
        )
        return Truth("no", None, False, reason, "Schaeffer et al. 2023, arXiv 2304.15004")

    def ability(self, log_scales: Floats) -> Floats:
        """See `RateKind.ability`."""
        eta = self.slope * (log_scales - math.log(self.half_at)) + math.log(math.log(2.0))
        return np.exp(-np.exp(np.minimum(eta, 700.0)))


@dataclass(frozen=True, kw_only=True)
class Logistic(RateKind):
    """1 / (1 + exp(-steepness (x - x_half)))."""

    steepness: float = 0.8
    half_at: float = 3e9

    def __post_init__(self) -> None:
        super().__post_init__()
        within(self, "steepness", 0.0, 100.0)
        positive(self, "half_at")

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        reason = "The log odds of success are a line in ln N."
        return Truth("no", None, self.steepness > STEEPEST, reason, "definition")

    def ability(self, log_scales: Floats) -> Floats:
        """See `RateKind.ability`."""
        z = self.steepness * (log_scales - math.log(self.half_at))
        return 1.0 / (1.0 + np.exp(np.minimum(-z, 700.0)))
