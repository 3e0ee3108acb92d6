"""Probabilities and distributions that are exact in binary and shrink to round numbers."""

from functools import cache
from itertools import pairwise

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from simlab.errors import UsageError

STEPS = 1024
"""Probabilities are multiples of 1 / STEPS."""


@cache
def _round_first(low: int, high: int) -> tuple[float, ...]:
    """Return low/STEPS .. high/STEPS, those with the smallest denominators first."""
    steps = sorted(range(low, high + 1), key=lambda i: (STEPS // (i & -i or STEPS), i))
    return tuple(i / STEPS for i in steps)


def _drawn(first: int, last: int) -> SearchStrategy[float]:
    """Draw half of them from the roundest, ends, halves and quarters, so that ties are met."""
    every = _round_first(first, last)
    roundest = [p for p in every if (p * 4).is_integer()]
    # one list with repeats, not two strategies: it is one choice, which shrinks in one go
    return st.sampled_from([*every, *roundest * (len(every) // max(len(roundest), 1))])


def probabilities(*, low: float = 0.0, high: float = 1.0) -> SearchStrategy[float]:
    """Return a strategy of probabilities in multiples of 1/1024, round ones first.

    Parameters
    ----------
    low, high : float
        Smallest and largest, both included, 0 <= low <= high <= 1.

    Raises
    ------
    UsageError
        No multiple of 1/1024 lies between the two.

    >>> from hypothesis import find
    >>> find(probabilities(low=0.001, high=0.999), lambda p: p > 0.6)
    0.75
    """
    first, last = -int(-low * STEPS // 1), int(high * STEPS // 1)
    if not 0 <= first <= last <= STEPS:
        raise UsageError(f"probabilities: {low:g} .. {high:g}; give 0 <= low <= high <= 1")
    return _drawn(first, last)


def distributions(
    *, min_options: int = 2, max_options: int = 6, positive: bool = False
) -> SearchStrategy[list[float]]:
    """Return a strategy of distributions over a few options, as lists that sum to 1 exactly.

    Parameters
    ----------
    min_options, max_options : int
        Number of options, 1 to 64.
    positive : bool
        Leave no option without a probability.

    Raises
    ------
    UsageError
        The numbers of options are out of their range.

    >>> from hypothesis import find
    >>> find(distributions(), lambda q: q[0] > 0.5)
    [1.0, 0.0]
    """
    if not 1 <= min_options <= max_options <= 64:
        raise UsageError(f"distributions: {min_options} .. {max_options} options; give 1 .. 64")

    def between(cuts: list[int]) -> list[float]:
        free = STEPS - (len(cuts) + 1) * positive
        ends = [0, *sorted(cut * free // STEPS for cut in cuts), free]
        return [(b - a + positive) / STEPS for a, b in pairwise(ends)][::-1]

    cut = _drawn(0, STEPS).map(lambda share: int(share * STEPS))
    return st.lists(cut, min_size=min_options - 1, max_size=max_options - 1).map(between)
