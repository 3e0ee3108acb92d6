"""Parameters of the scenario ``calibration``."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from scenarios.zoo.parameters import KindName
from simlab.parameters import Meta, Parameters
from simlab.simulators.zoo.kinds import default_log_scales

NULL_KINDS: tuple[KindName, ...] = (
    "flat",
    "log-linear",
    "gumbel",
    "logistic",
    "saturating",
    "overdispersed",
    "gamma-difficulty",
    "log-normal-difficulty",
)
"""Smooth curves on which the level of the test is held, and from which ROC curves start."""
SHARP_KINDS: tuple[KindName, ...] = (
    "strong-hinge",
    "step",
    "overdispersed-step",
    "steep",
    "mild-hinge",
)
"""Curves that are sharper than smooth, on which the power is measured."""


class CalibrationParameters(Parameters, frozen=True):
    """Parameters of the scenario ``calibration``."""

    kind: Annotated[KindName, Meta(description="kind of curve, as in the scenario zoo")] = "gumbel"
    n_scales: Annotated[int, Meta(ge=4, le=100, description="models of a curve")] = 12
    items: Annotated[int, Meta(ge=1, le=20_000, description="test items of a score")] = 200
    chance: Annotated[float, Meta(ge=0, lt=1, description="success rate of guessing")] = 0.0
    curves: Annotated[int, Meta(ge=10, le=100_000, description="curves audited per cell")] = 40
    replicates: Annotated[int, Meta(ge=19, description="null curves for one curve, at most")] = 99

    @property
    def log_scales(self) -> NDArray[np.float64]:
        """(n_scales,) float64, ln of parameters."""
        return default_log_scales(self.n_scales)
