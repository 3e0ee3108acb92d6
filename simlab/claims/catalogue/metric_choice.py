"""What a metric can make of a smooth curve, and what a linear one cannot."""

import numpy as np
from hypothesis import strategies as st

from simlab.claims.catalogue.emergence_score import score_of, smooth_curve
from simlab.claims.property_claim import Comparison, PropertyClaim, relative
from simlab.simulators.per_token import expected_scores

_EXPONENTS = st.sampled_from([-0.5, -0.25, -0.125, -0.35])
_PAPER = "Schaeffer et al. 2023, arXiv 2304.15004"


def _constructed(n_scales: int, alpha: float, above: int, jump: int) -> Comparison:
    """Build the metric: piecewise linear, equal steps but for one, which is 1."""
    p = smooth_curve(n_scales, 1, alpha)
    target = n_scales - 1 + above
    steps = np.full(n_scales - 1, 1 / (target - n_scales + 2))
    steps[jump % (n_scales - 1)] = 1.0
    values = np.concatenate([[0.0], np.cumsum(steps)])
    monotone = bool((np.diff(p) > 0).all() and (steps > 0).all())
    found = relative(score_of(np.interp(p, p, values)), target)
    return found._replace(agrees=found.agrees and monotone)


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
        statement="For a smooth increasing curve of K >= 4 scales and every target B >= K - 1 "
        "there is an increasing metric under which the curve scores B (it is built here).",
        source=f"constructive; the argument of {_PAPER}",
        given={
            "n_scales": st.integers(4, 24),
            "alpha": _EXPONENTS,
            "above": st.integers(0, 10_000),
            "jump": st.integers(0, 22),
        },
        compare=_constructed,
        reason="Stretch one step to 1 and the others to 1 / (B - K + 2): range over step is B.",
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
