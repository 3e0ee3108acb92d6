"""What a metric declares about itself, beside its kernel."""

import math
from collections.abc import Callable
from typing import NamedTuple

CHANCE_TERMS: dict[str, Callable[[int], float]] = {
    "1/k": lambda k: 1 / k,
    "1 - 1/k": lambda k: 1 - 1 / k,
    "(1 - 1/k)^2": lambda k: (1 - 1 / k) ** 2,
    "ln k": lambda k: math.log(k),
    "k": float,
}
"""The terms that `MetricProperties.chance` may name, as functions of the number of answers."""


class MetricProperties(NamedTuple):
    """The declared properties of a metric; each file of this package has one as ``PROPERTIES``.

    ``continuous`` and ``linear`` speak of the expected score as a function of the probability p
    of getting one token right, for tokens that succeed independently of each other. The fields
    are written as literals, so that `simlab.metrics.declared` reads them without an import.
    """

    name: str
    """The word in a table's column ``metric``, and the name of the public function."""
    low: float
    """Smallest value."""
    higher_is_better: bool
    continuous: bool
    """Whether the expected score is a continuous function of p."""
    linear: bool
    """Whether the expected score is an affine function of p."""
    decomposes: bool
    """Whether the score of a set is the mean of its items' scores; items weigh by their tokens
    where the score is per token."""
    high: float = math.inf
    """Largest value; infinite where there is none."""
    chance: str | None = None
    """Expected score of one who knows nothing and holds k answers alike, as a term in k: a guess
    among k options, or equal probabilities. None where it depends on more than k."""

    def chance_among(self, k: int) -> float:
        """Return the score of an even guess among ``k`` answers; NaN where it depends on more.

        >>> properties = MetricProperties("accuracy", 0.0, True, True, True, True, chance="1/k")
        >>> properties.chance_among(4)
        0.25
        """
        if self.chance is None:
            return math.nan
        return CHANCE_TERMS[self.chance](k)
