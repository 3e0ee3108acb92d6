"""The zoo by name: every kind at its defaults, and the cases of the project's prototype audit."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError, did_you_mean
from simlab.simulators.zoo.breaks import BrokenPowerLaw, Hinge, LossThreshold, Step
from simlab.simulators.zoo.difficulty import GammaDifficulty, LogNormalDifficulty
from simlab.simulators.zoo.kind import Kind
from simlab.simulators.zoo.mirage import Mirage
from simlab.simulators.zoo.multiple_choice import MultipleChoice
from simlab.simulators.zoo.percolation import Percolation
from simlab.simulators.zoo.quantisation import Quanta
from simlab.simulators.zoo.seed_mixture import SeedMixture
from simlab.simulators.zoo.smooth import Flat, Gumbel, Logistic, LogLinear
from simlab.simulators.zoo.sparse_parity import SparseParity
from simlab.simulators.zoo.u_shape import OppositeTrends

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "flat": Flat(),
        "log-linear": LogLinear(),
        "gumbel": Gumbel(),
        "logistic": Logistic(),
        "saturating": Gumbel(half_at=1e9, ceiling=0.85),
        "overdispersed": Gumbel(rho=0.03),
        "gamma-difficulty": GammaDifficulty(),
        "log-normal-difficulty": LogNormalDifficulty(),
        "same-items": GammaDifficulty(same_items=True),
        "zeros": Gumbel(half_at=1e11),
        "mirage": Mirage(),
        "multiple-choice": MultipleChoice(),
        "quanta-polygenic": Quanta(),
        "sparse-parity-mean": SparseParity(skill=0, first_at=3e7, exponent=0.3),
        "seed-mixture": SeedMixture(),
        "opposite-trends": OppositeTrends(),
        "steep": Gumbel(slope=-2.5),
        "mild-hinge": Hinge(slope_after=-0.8),
        "strong-hinge": Hinge(),
        "step": Step(),
        "overdispersed-step": Step(rho=0.03),
        "early-step": Step(before=0.0, after=0.2, slope=-0.15, break_at=4e8),
        "broken-power-law": BrokenPowerLaw(),
        "loss-threshold": LossThreshold(),
        "percolation": Percolation(),
        "quanta-monogenic": Quanta(skill=54),
        "sparse-parity": SparseParity(),
    }
)
"""Every kind at its defaults, nulls first; breaks lie inside `default_log_scales`."""

SMOOTH: tuple[str, ...] = (
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
)
"""Smooth links with binomial or beta-binomial noise."""

NULLS: tuple[str, ...] = tuple(name for name, kind in KINDS.items() if not kind.truth.sharp)
"""Kinds whose score is nowhere sharper than smooth scaling laws explain: `SMOOTH`, means of many
small onsets, and two that are hard to tell from a break (bimodal runs, trends that cancel)."""

POWER: tuple[str, ...] = ("strong-hinge", "step", "overdispersed-step", "steep", "mild-hinge")
"""The alternatives that an audit's power is measured on, beside smooth nulls.

In ln(-ln ability) against ln N, slopes per e-fold: the strong hinge turns from -0.1 to -1.5 and the
mild one to -0.8, which a plausible power law could still have, both at ability 0.05; the step goes
from 0.05 to 0.6 with slope -0.1 beside it, overdispersed by rho = 0.03; the steep curve is smooth,
with slope -2.5. All at 3e9 parameters, the middle of the default three decades.
"""


def kind_of(name: str) -> Kind:
    """Return the kind of a name; UsageError names the nearest one.

    >>> kind_of("step").truth.break_at
    3000000000.0
    """
    if name not in KINDS:
        raise UsageError(f"zoo: no kind {name!r}{did_you_mean(name, list(KINDS))}")
    return KINDS[name]


def default_log_scales(n_scales: int = 12) -> NDArray[np.float64]:
    """Return ln of ``n_scales`` sizes, log-uniform from 1e8 to 1e11 parameters.

    >>> np.exp(default_log_scales(4)).round(-7).tolist()
    [100000000.0, 1000000000.0, 10000000000.0, 100000000000.0]
    """
    return np.linspace(np.log(1e8), np.log(1e11), n_scales)
