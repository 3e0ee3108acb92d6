"""Abilities that really break: a hinge, a step, a loss threshold, a broken power law.

Hinge and step are drawn in the coordinate eta = ln(-ln ability) against x = ln N, in which a smooth
power law of loss per token is a straight line; slopes are per e-fold of N, and negative is better.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simlab.simulators.zoo.kind import Floats, RateKind, Truth, positive, within


@dataclass(frozen=True, kw_only=True)
class Hinge(RateKind):
    """Two slopes that meet where the ability is ``at_break``."""

    slope_before: float = -0.1
    slope_after: float = -1.5
    at_break: float = 0.05
    break_at: float = 3e9

    def __post_init__(self) -> None:
        super().__post_init__()
        within(self, "slope_before", -100.0, 0.0)
        within(self, "slope_after", -100.0, 0.0)
        within(self, "at_break", 1e-300, 1.0 - 1e-12)
        positive(self, "break_at")

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        reason = (
            f"The slope of ln(-ln ability) turns from {self.slope_before:g} to {self.slope_after:g}"
            " per e-fold."
        )
        return Truth("yes", self.break_at, True, reason, "definition")

    def ability(self, log_scales: Floats) -> Floats:
        """See `RateKind.ability`."""
        x = log_scales - math.log(self.break_at)
        eta = np.where(x < 0.0, self.slope_before, self.slope_after) * x
        eta += math.log(-math.log(self.at_break))
        return np.exp(-np.exp(np.minimum(eta, 700.0)))


@dataclass(frozen=True, kw_only=True)
class Step(RateKind):
    """The ability jumps from ``before`` to ``after``; beside the jump, eta has one ``slope``.

    ``before`` 0 gives exact zeros below the step.
    """

    before: float = 0.05
    after: float = 0.6
    slope: float = -0.1
    break_at: float = 3e9

    def __post_init__(self) -> None:
        super().__post_init__()
        within(self, "before", 0.0, 1.0 - 1e-12)
        within(self, "after", self.before, 1.0)
        within(self, "slope", -100.0, 0.0)
        positive(self, "break_at")

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        reason = f"The ability jumps from {self.before:g} to {self.after:g}."
        return Truth("yes", self.break_at, True, reason, "definition")

    def ability(self, log_scales: Floats) -> Floats:
        """See `RateKind.ability`."""
        x = log_scales - math.log(self.break_at)
        gain = np.exp(np.minimum(self.slope * x, 700.0))
        # ability^gain is exp(-exp(ln(-ln ability) + slope x)), for 0 and 1 as well
        return np.where(x < 0.0, self.before, self.after) ** gain


@dataclass(frozen=True, kw_only=True)
class LossThreshold(RateKind):
    """Nothing until the pretraining loss passes a threshold, then linear in the loss.

    Loss ``floor + (threshold - floor) (N / break_at)^alpha``; the ability is the share of the way
    from the threshold to the floor.
    """

    floor: float = 1.69
    threshold: float = 2.2
    alpha: float = -0.34
    break_at: float = 3e9

    def __post_init__(self) -> None:
        super().__post_init__()
        within(self, "threshold", 0.0, 100.0)
        within(self, "floor", 0.0, self.threshold)
        within(self, "alpha", -100.0, 0.0)
        positive(self, "break_at")

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        reason = f"At chance until the pretraining loss falls below {self.threshold:g} nats."
        return Truth("yes", self.break_at, True, reason, "Du et al. 2024, arXiv 2403.15796")

    def loss(self, log_scales: Floats) -> Floats:
        """Return the pretraining loss, nats per token, (n_scales,)."""
        x = log_scales - math.log(self.break_at)
        return self.floor + (self.threshold - self.floor) * np.exp(
            np.minimum(self.alpha * x, 700.0)
        )

    def ability(self, log_scales: Floats) -> Floats:
        """See `RateKind.ability`."""
        x = log_scales - math.log(self.break_at)
        return np.asarray(-np.expm1(np.minimum(self.alpha * x, 0.0)))


@dataclass(frozen=True, kw_only=True)
class BrokenPowerLaw(RateKind):
    """The error rate falls as N^slope_before, and as N^slope_after beyond the break.

    error = at_break (N / break_at)^before (1/2 + 1/2 (N / break_at)^(1 / width))^((after - before)
    width), cut at 1: the smoothly broken law of Caballero et al. 2023 with one break.
    """

    slope_before: float = -0.01
    slope_after: float = -0.6
    at_break: float = 0.9
    """Error rate at the break."""
    width: float = 0.2
    """Width of the bend in e-folds of N; 0.2 is nearly sharp."""
    break_at: float = 3e9

    def __post_init__(self) -> None:
        super().__post_init__()
        within(self, "slope_before", -100.0, 0.0)
        within(self, "slope_after", -100.0, 0.0)
        within(self, "at_break", 0.0, 1.0)
        within(self, "width", 1e-3, 100.0)
        positive(self, "break_at")

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        breaks: Literal["no", "yes"] = "no" if self.slope_before == self.slope_after else "yes"
        reason = (
            f"The error falls as N^{self.slope_before:g} before the break, then as "
            f"N^{self.slope_after:g}."
        )
        source = "Caballero et al. 2023, arXiv 2210.14891"
        return Truth(breaks, self.break_at, breaks == "yes", reason, source)

    def ability(self, log_scales: Floats) -> Floats:
        """See `RateKind.ability`."""
        x = log_scales - math.log(self.break_at)
        bend = np.logaddexp(0.0, x / self.width) - math.log(2.0)
        ln_error = (
            self.slope_before * x + (self.slope_after - self.slope_before) * self.width * bend
        )
        return np.asarray(
            -np.expm1(np.minimum(math.log(max(self.at_break, 1e-300)) + ln_error, 0.0))
        )
