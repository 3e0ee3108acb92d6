"""Parameters of the scenario ``zoo``."""

import math
from typing import Annotated, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.parameters import Meta, Parameters, cell_name

KindName = Literal[
    "flat",
    "log-linear",
    "gumbel",
    "logistic",
    "saturating",
    "overdispersed",
    "gamma-difficulty",
    "log-normal-difficulty",
    "same-items",
    "zeros",
    "mirage",
    "multiple-choice",
    "quanta-polygenic",
    "sparse-parity-mean",
    "seed-mixture",
    "opposite-trends",
    "steep",
    "mild-hinge",
    "strong-hinge",
    "step",
    "overdispersed-step",
    "early-step",
    "broken-power-law",
    "loss-threshold",
    "percolation",
    "quanta-monogenic",
    "sparse-parity",
]
KIND_NAMES: tuple[KindName, ...] = get_args(KindName)
GROUPS = {"accuracy_easy": "easy items", "accuracy_hard": "hard items"}
"""Metrics of the simulator that are the accuracy on a part of the items."""


class ZooParameters(Parameters, frozen=True):
    """Parameters of the scenario ``zoo``."""

    kind: Annotated[KindName, Meta(description="kind of curve")] = "gumbel"
    chance: Annotated[float, Meta(ge=0, lt=1, description="success rate of guessing")] = 0.0
    items: Annotated[int, Meta(ge=1, le=20_000, description="test items at each scale")] = 200
    n_scales: Annotated[
        int, Meta(ge=3, le=200, description="scales, log-uniform from smallest to largest")
    ] = 12
    smallest: Annotated[float, Meta(gt=0, description="smallest model, in parameters")] = 1e8
    largest: Annotated[float, Meta(gt=0, description="largest model, in parameters")] = 1e11
    curves: Annotated[
        int,
        Meta(ge=50, le=100_000, description="curves that means run over; the first one is shown"),
    ] = 500

    def __post_init__(self) -> None:
        """Check what a range of one number cannot say."""
        if not self.largest > self.smallest:
            raise UsageError(
                f"--largest {self.largest:g}: give a size above --smallest {self.smallest:g}"
            )

    @property
    def log_scales(self) -> NDArray[np.float64]:
        """(n_scales,) float64, ln of parameters."""
        return np.linspace(math.log(self.smallest), math.log(self.largest), self.n_scales)


def name(cell: ZooParameters) -> str:
    """Return the subtask of a cell."""
    return cell_name(cell, always=["chance"], never=["kind"])
