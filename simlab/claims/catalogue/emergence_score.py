"""What the emergence score sees, and what it does not."""

import math

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from simlab.claims.property_claim import Comparison, PropertyClaim, at_most, equals, relative
from simlab.emergence.score import STATUSES, emergence_score, emergence_scores_of
from simlab.laws.power_law import power_law_loss

_SCORE = "Srivastava et al. 2022, arXiv 2206.04615 (breakthroughness)"
_FIGURE_2 = (3.5e8, 2e11)
_EXPONENTS = st.sampled_from([-0.5, -0.25, -0.125, -0.35, -0.75, -1.0])


def smooth_curve(n_scales: int, L: int, alpha: float) -> NDArray[np.float64]:
    """Return p^L under a power law with c = 2e9, evenly in ln N over the sizes of figure 2.

    >>> smooth_curve(3, 1, -0.5).round(3).tolist()
    [0.092, 0.613, 0.905]
    """
    loss = power_law_loss(np.geomspace(*_FIGURE_2, n_scales), c=2e9, alpha=alpha)
    return np.exp(-L * loss)


def score_of(y: NDArray[np.float64]) -> float:
    """Return the emergence score of a curve that has one; NaN otherwise."""
    score = emergence_score(range(len(y)), y).score
    return math.nan if score is None else score


def _affine(y: list[int], a: int, b: int) -> Comparison:
    before = emergence_score(range(len(y)), y)
    after = emergence_score(range(len(y)), [a * v + b for v in y])
    if before.score is None or after.score is None:
        return Comparison(before.status == after.status, after.status, before.status)
    return relative(after.score, before.score, tolerance=1e-12)


def _line(n_scales: int, slope: int) -> Comparison:
    return equals(score_of(slope * np.arange(n_scales, dtype=np.float64)), n_scales - 1)


def _line_below_ten(n_scales: int) -> Comparison:
    return at_most(score_of(np.arange(n_scales, dtype=np.float64)), 10.0)


def _grows(n_scales: int, L: int, alpha: float) -> Comparison:
    few = score_of(smooth_curve(n_scales, L, alpha))
    many = score_of(smooth_curve(2 * n_scales - 1, L, alpha))
    return Comparison(many > few, many, f"above {few:.8g}, that of {n_scales} scales")


_PUBLISHED = {4: 6.6, 8: 20.3, 12: 33.5, 24: 71.9}


def _published(n_scales: int) -> Comparison:
    return equals(score_of(smooth_curve(n_scales, 10, -0.5)), _PUBLISHED[n_scales], tolerance=0.05)


def _flat(p: float, n_items: int, n_scales: int, n_curves: int, seed: int) -> NDArray[np.float64]:
    """Return scores of curves that are flat but for noise; a rising zero median is infinite."""
    right = np.random.default_rng(seed).binomial(n_items, p, (n_curves, n_scales))
    scores, codes = emergence_scores_of(right)
    rises = right.argmax(axis=1) > right.argmin(axis=1)
    scores[(codes == STATUSES.index("zero_median")) & rises] = np.inf
    return scores


def _quiet(seed: int) -> Comparison:
    return at_most(float(np.nan_to_num(_flat(0.25, 100, 8, 1, seed), nan=0.0)[0]), 5.0)


def _share(limit: int, seed: int) -> Comparison:
    share, n = {5: 0.052, 10: 0.0052}[limit], 20_000
    observed = float((_flat(0.25, 100, 8, n, seed) > limit).mean())
    # the stated share is itself one of some 20,000 curves
    return equals(observed, share, tolerance=5 * math.sqrt(2 * share * (1 - share) / n))


def _infinite(case: str, seed: int) -> Comparison:
    p, n_scales, share = {"p=.01, 8 scales": (0.01, 8, 0.08), "p=.001, 6 scales": (0.001, 6, 0.31)}[
        case
    ]
    observed = float(np.isinf(_flat(p, 100, n_scales, 20_000, seed)).mean())
    error = 5 * math.sqrt(share * (1 - share) / 20_000)
    return equals(observed, share, tolerance=0.005 + error)  # the share is rounded to two digits


_SEED = st.integers(0, 2**20)

CLAIMS = (
    PropertyClaim(
        id="emergence-score-is-affine-invariant",
        statement="The emergence score of a y + b is that of y, for every a > 0.",
        source=f"closed form; {_SCORE}",
        given={
            "y": st.lists(st.integers(0, 64), min_size=3, max_size=12),
            "a": st.integers(1, 16),
            "b": st.integers(-32, 32),
        },
        compare=_affine,
        reason="Range and median step both take the factor a, and neither sees b.",
    ),
    PropertyClaim(
        id="straight-line-scores-k-minus-1",
        statement="A straight line through K scales has an emergence score of exactly K - 1.",
        source=f"closed form; {_SCORE}",
        given={"n_scales": st.integers(3, 100), "slope": st.integers(1, 1000)},
        compare=_line,
        reason="The range is K - 1 steps, and all steps are equal.",
    ),
    PropertyClaim(
        id="score-above-10-is-no-straight-line",
        statement="A straight line does not score above 10.",
        source="the usual reading of Schaeffer et al. 2023, figure 5A; no threshold is printed",
        given={"n_scales": st.integers(3, 24)},
        compare=_line_below_ten,
        expected="fails",
        reason="A line through 12 scales scores 11: the score grows with the number of scales.",
    ),
    PropertyClaim(
        id="emergence-score-grows-with-scales",
        statement="A model between each two neighbours raises the emergence score of a smooth "
        "curve p^L.",
        source="closed form",
        given={"n_scales": st.integers(4, 16), "L": st.integers(1, 12), "alpha": _EXPONENTS},
        compare=_grows,
        reason="The range stays and the typical step is cut in two.",
    ),
    PropertyClaim(
        id="same-curve-at-4-8-12-24-scales",
        statement="Smooth p^10 of figure 2's family scores 6.6, 20.3, 33.5 and 71.9 at 4, 8, 12 "
        "and 24 scales.",
        source="recomputed; Schaeffer et al. 2023, figure 2's constants",
        given={"n_scales": st.sampled_from([4, 8, 12, 24])},
        compare=_published,
        reason="The same curve, looked at more often.",
    ),
    PropertyClaim(
        id="noise-never-scores-above-5",
        statement="A flat ability, p = .25 at 8 scales with 100 items each, never scores above 5.",
        source="a reading of the score as a test; no paper prints it",
        given={"seed": _SEED},
        compare=_quiet,
        expected="fails",
        reason="The score compares a curve with itself, not with noise: 5.2% of flat curves do.",
    ),
    PropertyClaim(
        id="flat-null-exceeds-5-and-10",
        statement="Of flat curves, p = .25 at 8 scales with 100 items, 5.2% score above 5 and "
        "0.52% above 10 (20,000 simulated; rising zero medians count).",
        source="recomputed",
        given={"limit": st.sampled_from([5, 10]), "seed": _SEED},
        compare=_share,
        reason="Binomial noise at each scale.",
        examples=20,
    ),
    PropertyClaim(
        id="score-is-infinite-near-the-floor",
        statement="With 100 items the score of a flat curve is infinite for 8% (p = .01, 8 scales) "
        "and 31% (p = .001, 6 scales) of curves.",
        source="recomputed",
        given={"case": st.sampled_from(["p=.01, 8 scales", "p=.001, 6 scales"]), "seed": _SEED},
        compare=_infinite,
        reason="Most neighbours are equal zeros, so the median step is 0.",
        examples=20,
    ),
)
