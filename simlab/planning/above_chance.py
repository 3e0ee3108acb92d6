"""Items that a test needs before a model is seen above chance, by the exact binomial test.

The test is one-sided: "at most chance" is rejected at level alpha when at least c of n items are
right, c the critical count. With chance 0 a single hit proves it, and the power is that of
`simlab.planning.first_hit`.
"""

from functools import cache
from typing import NamedTuple

from simlab.errors import UsageError
from simlab.planning.binomial_tail import (
    MOST_ITEMS,
    check_rates,
    critical_count,
    rejects,
    upper_tail,
)
from simlab.planning.stays_above import first_that_holds

_WINDOW, _WAVES = 64, 4


class AboveChance(NamedTuple):
    """A number of items, and what the test does with it."""

    n_items: int
    """Smallest number from which the power stays at or above the target."""
    first: int
    """Smallest number that reaches the target at all; some between the two miss it."""
    critical: int
    """Hits that reject, out of ``n_items``."""
    power: float
    """Exact, with ``n_items``."""
    size: float
    """Exact probability to reject at chance, at most alpha."""


def power_above_chance(n_items: int, p: float, *, chance: float, alpha: float = 0.05) -> float:
    """Return the exact power of the test with ``n_items`` items of success ``p``.

    >>> round(power_above_chance(504, 0.30, chance=0.25), 4)
    0.8006
    """
    _check(p, chance, alpha)
    if n_items < 1:
        raise UsageError(f"items: {n_items}; give at least 1")
    return float(upper_tail(critical_count(n_items, chance, alpha), n_items, p))


def items_above_chance(
    p: float, *, chance: float, power: float = 0.8, alpha: float = 0.05
) -> AboveChance:
    """Return how many items show that a model of success ``p`` is above ``chance``.

    The power falls only where the critical count grows, so its dips are found count by count: the
    longest test with a critical count c has N(c) items, the next dip lies at N(c) + 1.

    Parameters
    ----------
    p : float
        Success of the model on one item, above ``chance``, at most 1.
    chance : float
        Success of a guess, 0 <= chance < 1.
    power, alpha : float
        In (0, 1).

    Raises
    ------
    UsageError
        An argument is out of its range, or more than 1e8 items are needed.

    >>> items_above_chance(0.5, chance=0.25).n_items
    28
    """
    _check(p, chance, alpha)
    check_rates(power=power)

    @cache
    def longest(c: int) -> int:
        """Return N(c); -1 for c = 0, which never rejects; 1e8 where any test is short enough."""
        if c == 0 or chance == 0.0:
            return MOST_ITEMS if c else -1
        high = int(c / chance) + 1
        while rejects(c, high, chance, alpha):
            high *= 2
        if high > 2 * MOST_ITEMS:
            raise UsageError(f"more than {MOST_ITEMS:,} items are needed; ask for less power")
        return first_that_holds(lambda n: not rejects(c, n, chance, alpha), c - 1, high) - 1

    def fewest(c: int) -> int:
        """Return the fewest items of which c are right with the target's probability."""
        if upper_tail(c, MOST_ITEMS, p) < power:
            raise UsageError(f"more than {MOST_ITEMS:,} items are needed; ask for less power")
        return first_that_holds(lambda n: bool(upper_tail(c, n, p) >= power), c - 1, MOST_ITEMS)

    def dip_passes(c: int) -> bool:
        return bool(upper_tail(c, longest(c - 1) + 1, p) >= power)

    def peak_passes(c: int) -> bool:
        return fewest(c) <= longest(c)

    # Above one half the dips of neighbouring counts wave on their own, over 1/(p - chance) items.
    window = _WINDOW + (int(_WAVES / (p - chance)) if chance > 0.5 else 0)
    top = 1
    while chance > 0.0 and not dip_passes(top):
        top *= 2
    stays = first_that_holds(dip_passes, 0, top)
    if chance > 0.0:
        missed = [c for c in range(stays + 1, stays + window) if not dip_passes(c)]
        stays = missed[-1] + 1 if missed else stays
    peak = first_that_holds(peak_passes, 0, stays) if stays > 1 else 1
    peak = next((c for c in range(max(1, peak - window), peak) if peak_passes(c)), peak)
    n = min(max(fewest(stays - 1), 1), longest(stays - 1) + 1) if stays > 1 else fewest(1)
    first = min(n, fewest(peak))
    critical = int(critical_count(n, chance, alpha))
    return AboveChance(
        n, first, critical, float(upper_tail(critical, n, p)),
        min(float(upper_tail(critical, n, chance)), alpha),
    )  # fmt: skip


def detectable_above_chance(
    n_items: int, *, chance: float, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Return the smallest success that ``n_items`` items show to be above chance.

    The p at which at least the critical count is right with probability ``power``; NaN where so
    few items cannot reject at all.

    Raises
    ------
    UsageError
        An argument is out of its range.

    >>> round(detectable_above_chance(504, chance=0.25), 4)
    0.3
    """
    from scipy.special import betaincinv

    _check(1.0, chance, alpha)
    check_rates(power=power)
    if not 1 <= n_items <= MOST_ITEMS:
        raise UsageError(f"items: {n_items}; give 1 to {MOST_ITEMS:,}")
    c = int(critical_count(n_items, chance, alpha))
    return float(betaincinv(c, n_items - c + 1, power)) if c <= n_items else float("nan")


def _check(p: float, chance: float, alpha: float) -> None:
    check_rates(alpha=alpha)
    if not 0.0 <= chance < 1.0:
        raise UsageError(f"chance: {chance:g} lies outside 0 .. 1, 1 excluded")
    if not chance < p <= 1.0:
        raise UsageError(f"p: {p:g} does not lie above chance {chance:g}, up to 1")
