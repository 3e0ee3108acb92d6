"""Errors 2 to 4 of Schaeffer et al. 2023 as printed, and corrected.

The first stands in `edit_distance`; the fifth is about the paper's figure 3 and comes with its
source.
"""

import numpy as np
from hypothesis import strategies as st

from simlab.claims.property_claim import Comparison, PropertyClaim, at_least, equals
from simlab.laws.power_law import power_law_loss
from simlab.metrics.exact_match import exact_match

_PAPER = "Schaeffer et al. 2023, arXiv 2304.15004"
_TRIPLETS = {"tasks": st.just(220), "metrics": st.just(40), "families": st.just(10)}
_DIGITS = 10


def resolution(n_items: int, L: int) -> float:
    """Return the smallest difference of two accuracies that n items of L tokens can have.

    >>> resolution(4, 5)
    0.25
    """
    target = list(range(L))
    right, wrong = exact_match([target, [-1, *target[1:]]], [target, target])
    scores = np.unique([(j * right + (n_items - j) * wrong) / n_items for j in range(n_items + 1)])
    return float(np.diff(scores).min())


def _success(n_params: float) -> float:
    return float(np.exp(-power_law_loss(n_params)))


def _triplets(tasks: int, metrics: int, families: int, stated: float) -> Comparison:
    """Agree if the product is the stated number, within a factor of 2."""
    n = tasks * metrics * families
    return Comparison(stated / 2 < n < stated * 2, n, f"{stated:,.0f}, within a factor of 2")


def _floor(n_params: float, L: int) -> Comparison:
    return at_least(_success(n_params) ** L, _DIGITS**-L)


def _with_floor(n_params: float, L: int) -> Comparison:
    guess = 1 / _DIGITS
    p = guess + (1 - guess) * _success(n_params)
    return at_least(p**L, guess**L, slack=1e-15)


_ITEMS = {"n_items": st.integers(1, 64), "L": st.integers(1, 6)}
_SIZES = st.sampled_from([3.5e8, 1.3e9, 6.7e9, 2e11, 1e6, 1e7, 1e8])

CLAIMS = (
    PropertyClaim(
        id="mirage-error-2-resolution-as-printed",
        statement="On n items of L tokens the smallest difference of two accuracies is 1 / (n L).",
        source=f"{_PAPER}, as printed",
        given=_ITEMS,
        compare=lambda n_items, L: equals(
            resolution(n_items, L), 1 / (n_items * L), tolerance=1e-12
        ),
        expected="fails",
        reason="An item counts only as a whole, however many tokens it has.",
    ),
    PropertyClaim(
        id="mirage-error-2-resolution-corrected",
        statement="On n items the smallest difference of two accuracies is 1 / n.",
        source=f"{_PAPER}, corrected",
        given=_ITEMS,
        compare=lambda n_items, L: equals(resolution(n_items, L), 1 / n_items, tolerance=1e-12),
        reason="Accuracy is a count of items over n.",
    ),
    PropertyClaim(
        id="mirage-error-3-triplets-as-printed",
        statement="220 tasks, 40 metrics and 10 families are about 1e6 triplets.",
        source=f"{_PAPER}, as printed",
        given=_TRIPLETS,
        compare=lambda **numbers: _triplets(**numbers, stated=1e6),
        expected="fails",
        reason="220 x 40 x 10 = 88,000.",
    ),
    PropertyClaim(
        id="mirage-error-3-triplets-corrected",
        statement="220 tasks, 40 metrics and 10 families are 88,000 triplets.",
        source=f"{_PAPER}, corrected",
        given=_TRIPLETS,
        compare=lambda **numbers: equals(float(np.prod(list(numbers.values()))), 88_000.0),
        reason="220 x 40 x 10 = 88,000.",
    ),
    PropertyClaim(
        id="mirage-error-4-floor-as-printed",
        statement="p^L of the per-token model is at least what guessing L digits scores, 10^-L.",
        source=f"{_PAPER}, section 2 and figure 2's constants; the model has no guessing floor",
        given={"n_params": _SIZES, "L": st.integers(1, 5)},
        compare=_floor,
        expected="fails",
        reason="At 3.5e8 parameters p = .0916 < 1/10, so p^5 = 6.4e-6 lies below chance.",
    ),
    PropertyClaim(
        id="mirage-error-4-floor-corrected",
        statement="With a guessing floor g = 1/10 a token, (g + (1 - g) p)^L is at least 10^-L.",
        source=f"{_PAPER}, section 2, corrected",
        given={"n_params": _SIZES, "L": st.integers(1, 5)},
        compare=_with_floor,
        reason="A token that is not known is still right by a guess with probability g.",
    ),
)
