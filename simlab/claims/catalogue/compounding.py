"""Many steps that must all be right: p^K, and what K does to a curve under a power law."""

import math

import numpy as np
from hypothesis import strategies as st
from scipy.special import bdtr, bdtrc

from simlab.claims.property_claim import Comparison, PropertyClaim, at_most, equals, relative
from simlab.laws.power_law import power_law_loss
from simlab.simulators.per_token import sample_answers
from simlab.testing.probabilities import probabilities

_MODEL = "Schaeffer et al. 2023, arXiv 2304.15004, section 2"
_LEVEL = 1e-9
_C = 2e9
_EXPONENTS = st.sampled_from([-0.5, -0.25, -0.125, -0.076, -0.35, -1.0])
_STEPS = st.integers(1, 24)
_SIZES = st.sampled_from([_C * 2.0**i for i in (*range(17), *range(-1, -9, -1))])


def _accuracy(n_params: float, alpha: float, K: int) -> float:
    return float(np.exp(-K * power_law_loss(n_params, c=_C, alpha=alpha)))


def _steepness(n_params: float, alpha: float, K: int) -> float:
    """Return the slope of accuracy per e-fold of N, over a window of 1% of one."""
    h = 0.005
    rise = _accuracy(n_params * math.exp(h), alpha, K) - _accuracy(
        n_params * math.exp(-h), alpha, K
    )
    return rise / (2 * h)


def _power(p: float, K: int, seed: int) -> Comparison:
    n = 4_000
    hits = int(sample_answers([p], K, items=n, vocabulary=10, seed=seed).hits[0])
    below, above = bdtr(hits, n, p**K), bdtrc(hits - 1, n, p**K) if hits else 1.0
    return Comparison(2 * min(below, above) > _LEVEL, hits / n, p**K)


def _shift(n_params: float, alpha: float, K: int) -> Comparison:
    shifted = n_params * K ** (1 / alpha)
    return relative(_accuracy(n_params, alpha, K), _accuracy(shifted, alpha, 1))


def _bounded(n_params: float, ratio: float, alpha: float, K: int) -> Comparison:
    rise = _accuracy(n_params * ratio, alpha, K) - _accuracy(n_params, alpha, K)
    return at_most(rise / math.log(ratio), -alpha / math.e, slack=1e-12)


def _sharper(alpha: float, K: int) -> Comparison:
    one, many = (_steepness(_C * k ** (-1 / alpha), alpha, k) for k in (1, K))
    return Comparison(many > one * (1 + 1e-9), many, f"above {one:.8g}, that of K = 1")


def _straight(n_params: float, ratio: float, alpha: float, K: int) -> Comparison:
    first, last = (
        math.log(-math.log(_accuracy(n, alpha, K))) for n in (n_params, n_params * ratio)
    )
    return equals((last - first) / math.log(ratio), alpha, tolerance=1e-6)


CLAIMS = (
    PropertyClaim(
        id="accuracy-is-p-to-the-k",
        statement="Accuracy on K independent steps is p^K (4,000 simulated items, exact binomial "
        "test at 1e-9).",
        source=f"{_MODEL}; compounding errors",
        given={
            "p": probabilities(low=0.25),
            "K": st.integers(1, 12),
            "seed": st.integers(0, 2**20),
        },
        compare=_power,
        reason="All K steps are right with the product of their probabilities.",
        examples=100,
    ),
    PropertyClaim(
        id="k-only-shifts-the-curve",
        statement="Under a power law the accuracy curve of K steps is that of one step, moved by "
        "ln K / |alpha| along ln N.",
        source="closed form: p^K = exp(-exp(alpha ln N - alpha ln c + ln K))",
        given={"n_params": _SIZES, "alpha": _EXPONENTS, "K": _STEPS},
        compare=_shift,
        reason="K multiplies the loss, and a factor of the loss is a shift of ln N.",
    ),
    PropertyClaim(
        id="slope-is-bounded-whatever-k",
        statement="Between any two sizes accuracy rises by at most |alpha| / e per e-fold of N, "
        "whatever K.",
        source="closed form: slope |alpha| x exp(-x), x = K (N / c)^alpha",
        given={
            "n_params": _SIZES,
            "ratio": st.sampled_from([2.0, 1.125, 1.5, 4.0, 10.0, 100.0]),
            "alpha": _EXPONENTS,
            "K": _STEPS,
        },
        compare=_bounded,
        reason="x exp(-x) is at most 1 / e, and K only moves where x is 1.",
    ),
    PropertyClaim(
        id="more-steps-make-it-steeper",
        statement="Under a power law more steps K make the steepest part of accuracy against ln N "
        "steeper.",
        source="a common reading of Schaeffer et al. 2023, figure 2; no equation says so",
        given={"alpha": _EXPONENTS, "K": st.integers(2, 24)},
        compare=_sharper,
        expected="fails",
        reason="K shifts the curve and keeps its shape; what looks sharper is the window of sizes.",
    ),
    PropertyClaim(
        id="log-log-accuracy-is-a-line",
        statement="Under a power law ln(-ln accuracy) is a straight line in ln N of slope alpha.",
        source="closed form; the coordinate of Hu et al. 2023, arXiv 2310.03262 (PassUntil)",
        given={
            "n_params": st.sampled_from([_C * 2.0**i for i in range(12)]),
            "ratio": st.sampled_from([2.0, 1.5, 4.0, 10.0]),
            "alpha": _EXPONENTS,
            "K": _STEPS,
        },
        compare=_straight,
        reason="ln(-ln accuracy) = alpha ln N - alpha ln c + ln K.",
    ),
)
