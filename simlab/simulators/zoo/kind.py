"""What a kind of curve is: an expected score at any scale, a simulator of counts, and a truth."""

from abc import ABC, abstractmethod
from dataclasses import astuple, dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.simulators.binomial import sample_counts
from simlab.simulators.count_tables import MOST_TABLED, count_tables, tabled_counts
from simlab.streams import seed_key

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Truth(NamedTuple):
    """What an analysis of a kind's curves should find."""

    breaks: Literal["no", "yes", "metric"]
    """Whether the ability breaks; "metric": it does not, and its score under ``metric`` may."""
    break_at: float | None
    """Where, in parameters; None where nothing breaks at one scale."""
    sharp: bool
    """Whether the score rises faster, somewhere, than smooth scaling laws explain."""
    reason: str
    """One sentence."""
    source: str
    """The paper, or "definition"."""
    metric: str | None = None
    """The metric that ``breaks == "metric"`` speaks of."""


class Draw(NamedTuple):
    """Which outcomes are to be simulated."""

    log_scales: Floats
    """(n_scales,) float64, ln of parameters."""
    n_items: int
    chance: float
    """The success rate of guessing."""
    seed: int
    first: int
    """Number of the first curve; curves are numbered, so that any part of them can be drawn."""
    n_curves: int


@dataclass(frozen=True, kw_only=True)
class Kind(ABC):
    """Base of all kinds; a frozen dataclass whose fields are the constants of its curves.

    The first metric counts right items, and `simlab.simulators.zoo.simulate.simulate` draws it.
    """

    metrics: ClassVar[tuple[str, ...]] = ("accuracy",)
    """Metrics of one and the same outcomes."""
    chunk: ClassVar[int] = 256
    """Curves of one job."""

    @property
    @abstractmethod
    def truth(self) -> Truth:
        """What is true of these curves."""

    @abstractmethod
    def expected(
        self, log_scales: Floats, *, chance: float = 0.0, metric: str | None = None
    ) -> Floats:
        """Return the expected score at each scale, (n_scales,) float64.

        Parameters
        ----------
        log_scales : (n_scales,) float64
            ln of parameters.
        chance : float
            The success rate of guessing.
        metric : str, optional
            One of ``metrics``; by default the first.
        """

    def n_scored(self, n_items: int, metric: str) -> int:
        """Return how many of the items a metric scores."""
        return n_items

    @abstractmethod
    def sums(self, draw: Draw, metric: str) -> Ints | Floats:
        """Return sums of item scores under a metric, (n_curves, n_scales); int64 for counts."""

    def key(self, draw: Draw, *label: int | float | str) -> np.uint64:
        """Return the stream named by this kind's constants, the draw's, and a label."""
        constants = map(float, astuple(self))  # 3 and 3.0 are one constant and two labels
        kind = seed_key(draw.seed, "zoo", type(self).__name__, *constants)
        return seed_key(int(kind), draw.n_items, draw.chance, *label)

    def scale_keys(self, draw: Draw) -> NDArray[np.uint64]:
        """Return the stream of each scale, (n_scales,) uint64, named by the scale's value."""
        return np.array([self.key(draw, "scale", float(x)) for x in draw.log_scales], np.uint64)


@dataclass(frozen=True, kw_only=True)
class RateKind(Kind):
    """Base of kinds whose counts are binomial at each scale, or beta-binomial.

    The expected score is ``chance + (1 - chance) ceiling ability``.
    """

    chunk: ClassVar[int] = 16_384

    ceiling: float = 1.0
    """Success rate that the largest models approach, before guessing."""
    rho: float = 0.0
    """Correlation of two items of one model: spread between models beyond that of the items."""

    def __post_init__(self) -> None:
        within(self, "ceiling", 0.0, 1.0)
        within(self, "rho", 0.0, 1.0)

    @abstractmethod
    def ability(self, log_scales: Floats) -> Floats:
        """Return the success rate under a ceiling of 1 and without guessing, (n_scales,)."""

    def expected(
        self, log_scales: Floats, *, chance: float = 0.0, metric: str | None = None
    ) -> Floats:
        """Return the expected accuracy; see `Kind.expected`."""
        rate = np.clip(self.ceiling * self.ability(log_scales), 0.0, 1.0)
        return np.minimum(chance + (1.0 - chance) * rate, 1.0)

    def sums(self, draw: Draw, metric: str) -> Ints | Floats:
        """Return numbers of right items, (n_curves, n_scales) int64."""
        p = self.expected(draw.log_scales, chance=draw.chance)
        keys = self.scale_keys(draw)
        if draw.n_items <= MOST_TABLED:  # by items alone: more curves must not change the draws
            tables = count_tables([draw.n_items] * len(p), p, rho=self.rho)
            return tabled_counts(tables, keys, n_draws=draw.n_curves, first=draw.first)
        return sample_counts(
            keys, draw.n_items, p, rho=self.rho, n_draws=draw.n_curves, first=draw.first
        )


def within(kind: Kind, name: str, low: float, high: float) -> None:
    """Raise UsageError unless the field ``name`` lies in ``low`` .. ``high``."""
    value = getattr(kind, name)
    if not low <= value <= high:
        raise UsageError(
            f"{type(kind).__name__}: {name} {value:g} lies outside {low:g} .. {high:g}"
        )


def positive(kind: Kind, name: str) -> None:
    """Raise UsageError unless the field ``name`` is a scale: positive and finite."""
    value = getattr(kind, name)
    if not 0.0 < value < np.inf:
        raise UsageError(
            f"{type(kind).__name__}: {name} {value:g} is no scale; give a size such as 3e9"
        )


def whole(kind: Kind, name: str, low: int, high: int) -> None:
    """Raise UsageError unless the field ``name`` is a whole number in ``low`` .. ``high``."""
    value = getattr(kind, name)
    if not isinstance(value, int | np.integer):
        raise UsageError(f"{type(kind).__name__}: {name} {value!r} is not a whole number")
    within(kind, name, low, high)
