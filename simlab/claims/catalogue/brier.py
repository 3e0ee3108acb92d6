"""Which Brier scores reward the truth."""

import numpy as np
from hypothesis import strategies as st

from simlab.claims.property_claim import Comparison, PropertyClaim
from simlab.metrics.brier_score import brier_score, brier_score_sum
from simlab.testing.probabilities import distributions, probabilities

_THREE = distributions(min_options=3, max_options=3)


def _better(honest: float, other: float, *, same: bool) -> Comparison:
    """Agree if the honest statement has the lower expected score, unless it is the other."""
    return Comparison(same or honest < other, other, f"above {honest:.8g}, that of the truth")


def _binary(truth: float, stated: float) -> Comparison:
    def expected(p: float) -> float:
        yes, no = brier_score([p, 1 - p])
        return float(truth * yes + (1 - truth) * no)

    return _better(expected(truth), expected(stated), same=truth == stated)


def _summed(truth: list[float], stated: list[float]) -> Comparison:
    def expected(p: list[float]) -> float:
        return float(np.dot(truth, brier_score_sum([p] * 3, range(3))))

    return _better(expected(truth), expected(stated), same=truth == stated)


def _correct_only(truth: list[float], stated: list[float]) -> Comparison:
    def expected(p: list[float]) -> float:
        return float(np.dot(truth, brier_score(p)))

    return _better(expected(truth), expected(stated), same=truth == stated)


CLAIMS = (
    PropertyClaim(
        id="brier-binary-is-strictly-proper",
        statement="On a yes-or-no question the expected Brier score is lowest for the true "
        "probability, and for no other.",
        source="Brier 1950; Gneiting & Raftery 2007, doi:10.1198/016214506000001437",
        given={"truth": probabilities(), "stated": probabilities()},
        compare=_binary,
        reason="Its excess over the truth is (stated - truth)^2.",
    ),
    PropertyClaim(
        id="brier-sum-is-strictly-proper",
        statement="Summed over classes, the expected Brier score is lowest for the true "
        "distribution, and for no other.",
        source="Brier 1950; Gneiting & Raftery 2007, doi:10.1198/016214506000001437",
        given={"truth": _THREE, "stated": _THREE},
        compare=_summed,
        reason="Its excess over the truth is the squared distance of the two distributions.",
    ),
    PropertyClaim(
        id="brier-of-the-correct-option-is-proper",
        statement="With three options, (1 - p)^2 of the correct option's probability alone is "
        "lowest in expectation for the true distribution.",
        source="Schaeffer et al. 2023, arXiv 2304.15004, figure 2's metric, used beyond 2 options",
        given={"truth": _THREE, "stated": _THREE},
        compare=_correct_only,
        expected="fails",
        reason="It does not see how the rest is spread, so that it pays to move mass between "
        "options.",
    ),
    PropertyClaim(
        id="wider-classes-double-the-brier-score",
        statement="With two classes the summed Brier score is twice the binary one.",
        source="closed form",
        given={"p": probabilities(), "correct": st.integers(0, 1)},
        compare=lambda p, correct: Comparison(
            (two := float(brier_score_sum([[p, 1 - p]], [correct])[0]))
            == (twice := 2 * float(brier_score([(p, 1 - p)[correct]])[0])),
            two,
            twice,
        ),
        reason="Both classes are off by the same amount.",
    ),
)
