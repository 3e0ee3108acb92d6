"""The quantisation model: skills ("quanta") learned one by one under a smooth mean.

Michaud et al. 2023, arXiv 2303.13506: skill k is needed with frequency p_k = k^-(a+1) / zeta(a+1),
skills are learned in the order of their frequency, and a model of N parameters has n of them,
n = floor((N / first_at)^growth). Loss beyond its floor is the frequency of the skills not learned,
about n^-a / (a zeta(a+1)). A monogenic task needs one skill; a polygenic one draws each item's.
"""

import math
from dataclasses import dataclass

import numpy as np

from simlab.simulators.zoo.kind import Floats, RateKind, Truth, positive, whole, within


@dataclass(frozen=True, kw_only=True)
class Quanta(RateKind):
    """A monogenic task of skill ``skill``; ``skill`` 0: a polygenic one over all skills."""

    ceiling: float = 0.9
    """Success rate of an item whose skill is learned."""
    exponent: float = 0.3
    """a: frequencies fall as k^-(a+1)."""
    growth: float = 0.7
    """Skills learned rise as N^growth."""
    first_at: float = 1e7
    """Scale at which the most frequent skill is learned."""
    skill: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        within(self, "exponent", 1e-3, 100.0)
        within(self, "growth", 1e-3, 100.0)
        positive(self, "first_at")
        whole(self, "skill", 0, 10**12)

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        source = "Michaud et al. 2023, arXiv 2303.13506"
        if self.skill:
            reason = f"The task needs skill {self.skill} alone, which is learned at one scale."
            return Truth("yes", self._learned_at(), True, reason, source)
        reason = "Many small steps: each skill is learned at once, their mean is smooth."
        return Truth("no", None, False, reason, source)

    def _learned_at(self) -> float:
        return float(self.first_at * self.skill ** (1.0 / self.growth))

    def n_learned(self, log_scales: Floats) -> Floats:
        """Return the number of skills learned, (n_scales,) float64 whole numbers."""
        x = self.growth * (log_scales - math.log(self.first_at))
        return np.floor(np.exp(np.minimum(x, 700.0)) * (1.0 + 1e-12))

    def not_learned(self, log_scales: Floats) -> Floats:
        """Return the frequency of all skills that are not learned: L - L_infinity, (n_scales,)."""
        from scipy.special import zeta

        return np.asarray(
            zeta(self.exponent + 1.0, self.n_learned(log_scales) + 1.0) / zeta(self.exponent + 1.0)
        )

    def ability(self, log_scales: Floats) -> Floats:
        """See `RateKind.ability`."""
        if self.skill:
            return (self.n_learned(log_scales) >= self.skill).astype(np.float64)
        return 1.0 - self.not_learned(log_scales)
