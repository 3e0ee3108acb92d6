"""Multitask sparse parity: each skill sets in along a sigmoid of its own.

Nam et al. 2024, arXiv 2404.17563: the strength R_k of skill k, of target S, grows with training
time T as R_k / S = 1 / (1 + (S / R_k(0) - 1) exp(-2 eta p_k S T)), p_k ~ k^-(a+1). Half of the
target is reached at T_k = ln(S / R_k(0) - 1) / (2 eta p_k S), so that with T proportional to the
scale N the strength is 1 / (1 + (S / R_k(0) - 1)^(1 - N / N_k)), N_k ~ k^(a+1). On the axis of ln N
the exponent itself grows exponentially: an onset far steeper than a power law of the loss.
"""

import math
from dataclasses import dataclass

import numpy as np

from simlab.simulators.zoo.kind import Floats, RateKind, Truth, positive, whole, within


@dataclass(frozen=True, kw_only=True)
class SparseParity(RateKind):
    """The onset of skill ``skill``; ``skill`` 0: the mean over skills by their frequency."""

    initial: float = 1e-3
    """Strength before training over its target, R_k(0) / S."""
    exponent: float = 0.6
    """a: frequencies fall as k^-(a+1)."""
    first_at: float = 3e9
    """Scale at which the most frequent skill reaches half of its target."""
    skill: int = 1
    n_skills: int = 2000
    """Skills that the mean runs over."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within(self, "initial", 1e-300, 0.49)
        within(self, "exponent", 1e-3, 100.0)
        positive(self, "first_at")
        whole(self, "n_skills", 1, 10**6)
        whole(self, "skill", 0, self.n_skills)

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        source = "Nam et al. 2024, arXiv 2404.17563"
        if self.skill == 0:
            reason = "Many skills set in one after another; their mean is smooth."
            return Truth("no", None, False, reason, source)
        onset = self.first_at * self.skill ** (self.exponent + 1.0)
        reason = "One skill sets in: training dynamics take off, within less than an e-fold."
        return Truth("yes", onset, True, reason, source)

    def ability(self, log_scales: Floats) -> Floats:
        """See `RateKind.ability`; the strength of the skill over its target."""
        time = np.exp(np.minimum(log_scales - math.log(self.first_at), 700.0))
        if self.skill:
            return self._strength(time / self.skill ** (self.exponent + 1.0))
        k = np.arange(1, self.n_skills + 1) ** (self.exponent + 1.0)
        frequency = (1.0 / k) / (1.0 / k).sum()
        return np.array([float(self._strength(t / k) @ frequency) for t in time])

    def _strength(self, time: Floats) -> Floats:
        """Return R / S at a time in units of the skill's half time."""
        ln_gap = math.log(1.0 / self.initial - 1.0)
        return np.asarray(1.0 / (1.0 + np.exp(ln_gap * np.maximum(1.0 - time, -700.0 / ln_gap))))
