"""What a metric can make of a smooth curve, and what a linear one cannot."""

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from simlab.claims.catalogue.emergence_score import score_of, smooth_curve
from simlab.claims.property_claim import Comparison, PropertyClaim, at_least, relative
from simlab.simulators.per_token import expected_scores

_EXPONENTS = st.sampled_from([-0.5, -0.25, -0.125, -0.35])
_PAPER = "Schaeffer et al. 2023, arXiv 2304.15004"


def stretched(n_scales: int, target: float, jump: int) -> NDArray[np.float64]:
    """Return the steps of an increasing curve that scores ``target``, at least n_scales / 2 + 1.

    Above n_scales - 1 all steps are equal but for one, which is 1. Below, just so many are 1 that
    the median is, and the others are shorter.

    >>> stretched(4, 5.0, 1).round(3).tolist(), stretched(4, 3.0, 0).tolist()
    ([0.333, 1.0, 0.333], [1.0, 1.0, 1.0])
    """
    n = n_scales - 1
    if target > n:
        steps = np.full(n, 1 / (target - n + 1))
        steps[jump % n] = 1.0
        return steps
    long = n // 2 + 1
    return np.roll(np.where(np.arange(n) < long, 1.0, (target - long) / (n - long)), jump)


def _constructed(n_scales: int, alpha: float, above: float, jump: int) -> Comparison:
    """Build the metric, piecewise linear through the curve's points, and score the curve by it."""
    p = smooth_curve(n_scales, 1, alpha)
    target = n_scales / 2 + 1 + above
    steps = stretched(n_scales, target, jump)
    values = np.concatenate([[0.0], np.cumsum(steps)])
    increasing = bool((np.diff(p) > 0).all() and (steps > 0).all())
    found = relative(score_of(np.interp(p, p, values)), target)
    return found._replace(agrees=found.agrees and increasing)


def _least(steps: list[int]) -> Comparison:
    curve = np.cumsum([0, *steps]).astype(np.float64)
    return at_least(score_of(curve), len(steps) / 2, slack=1e-12)


def _linear(n_scales: int, alpha: float, L: int) -> Comparison:
    p = smooth_curve(n_scales, 1, alpha)
    distance = expected_scores(p, L).token_edit_distance
    return relative(score_of(-distance), score_of(p), tolerance=1e-9)


def _exact_match(n_scales: int, alpha: float, L: int) -> Comparison:
    p = smooth_curve(n_scales, 1, alpha)
    accuracy = expected_scores(p, L).accuracy
    return relative(score_of(accuracy), score_of(p), tolerance=1e-9)


CLAIMS = (
    PropertyClaim(
        id="a-metric-can-make-any-jump",
        statement="For a smooth increasing curve of K >= 4 scales and every target B >= K / 2 + 1 "
        "there is an increasing metric under which the curve scores B (it is built here).",
        source=f"constructive; the argument of {_PAPER}",
        given={
            "n_scales": st.integers(4, 24),
            "alpha": _EXPONENTS,
            "above": st.sampled_from([0.0, 0.5, 1.0, 3.0, 10.0, 100.0, 1e4, 1e6]),
            "jump": st.integers(0, 22),
        },
        compare=_constructed,
        reason="Stretch one step to 1 and the others to 1 / (B - K + 2): range over step is B.",
    ),
    PropertyClaim(
        id="no-increasing-curve-scores-less",
        statement="No strictly increasing curve of K scales scores below (K - 1) / 2, whatever the "
        "metric.",
        source="closed form",
        given={"steps": st.lists(st.integers(1, 1000), min_size=2, max_size=23)},
        compare=_least,
        reason="Half of the steps are at least the median, and the range is the sum of all.",
    ),
    PropertyClaim(
        id="a-linear-metric-makes-no-jump",
        statement="Token edit distance has the emergence score of the success of a token, for "
        "every length L: a metric that is linear cannot make a jump.",
        source=f"{_PAPER}, section 2; the affine invariance of the score",
        given={"n_scales": st.integers(4, 24), "alpha": _EXPONENTS, "L": st.integers(1, 12)},
        compare=_linear,
        reason="-L (1 - p) is affine in p, and the score is invariant.",
    ),
    PropertyClaim(
        id="exact-match-makes-no-jump",
        statement="Exact match of L tokens has the emergence score of the success of a token.",
        source=f"the converse of {_PAPER}, figure 2",
        given={"n_scales": st.integers(4, 24), "alpha": _EXPONENTS, "L": st.integers(1, 12)},
        compare=_exact_match,
        expected="fails",
        reason="p^L is not affine in p from L = 2 on.",
    ),
)
