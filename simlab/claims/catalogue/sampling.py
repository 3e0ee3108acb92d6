"""Estimates from repeated samples: pass@k, and sampling until r successes."""

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import gammaln

from simlab.claims.property_claim import Comparison, PropertyClaim, at_most, equals
from simlab.metrics.pass_at_k import pass_at_k
from simlab.testing.probabilities import probabilities

Floats = NDArray[np.float64]

_CHEN = "Chen et al. 2021, arXiv 2107.03374"
_HU = "Hu et al. 2023, arXiv 2310.03262 (PassUntil)"
_P = probabilities(low=0.0625, high=0.9375)


def _binomial(n: int, p: float) -> Floats:
    c = np.arange(n + 1)
    ways = gammaln(n + 1) - gammaln(c + 1) - gammaln(n - c + 1)
    return np.asarray(np.exp(ways + c * np.log(p) + (n - c) * np.log1p(-p)))


def _unbiased(p: float, k: int, more: int) -> Comparison:
    n = k + more
    estimate = pass_at_k(n, np.arange(n + 1), k)
    return equals(float(_binomial(n, p) @ estimate), 1 - (1 - p) ** k, tolerance=1e-9)


def naive_mean(p: float, k: int, n: int) -> float:
    """Return the mean of 1 - (1 - c/n)^k over c right of n samples.

    >>> naive_mean(0.5, 2, 2)
    0.625
    """
    return float(_binomial(n, p) @ (1 - (1 - np.arange(n + 1) / n) ** k))


def _naive(p: float, k: int, more: int) -> Comparison:
    return equals(naive_mean(p, k, k + more), 1 - (1 - p) ** k, tolerance=1e-9)


def _naive_low(p: float, k: int, more: int) -> Comparison:
    return at_most(naive_mean(p, k, k + more), 1 - (1 - p) ** k, slack=1e-12)


def _trials(p: float, r: int) -> tuple[Floats, Floats]:
    """Return numbers of trials up to the r-th success, and their probabilities."""
    n = np.arange(r, r + int(60 / p))
    ways = gammaln(n) - gammaln(r) - gammaln(n - r + 1)
    return n.astype(np.float64), np.exp(ways + r * np.log(p) + (n - r) * np.log1p(-p))


def _until_naive(p: float, r: int) -> Comparison:
    n, chance = _trials(p, r)
    return equals(float(chance @ (r / n)), p, tolerance=1e-9)


def _until(p: float, r: int) -> Comparison:
    n, chance = _trials(p, r)
    return equals(float(chance @ ((r - 1) / (n - 1))), p, tolerance=1e-9)


_DRAWS = {"p": _P, "k": st.integers(1, 8), "more": st.integers(0, 12)}

CLAIMS = (
    PropertyClaim(
        id="pass-at-k-is-unbiased",
        statement="From n = k + more samples, c of them right, 1 - C(n-c, k) / C(n, k) has the "
        "mean 1 - (1 - p)^k.",
        source=f"{_CHEN}, eqn 1",
        given=_DRAWS,
        compare=_unbiased,
        reason="It is the share of all sets of k samples that hold a right one.",
    ),
    PropertyClaim(
        id="naive-pass-at-k-is-unbiased",
        statement="From n samples, c of them right, 1 - (1 - c/n)^k has the mean 1 - (1 - p)^k.",
        source=f"{_CHEN}, section 2.1 warns of it",
        given=_DRAWS,
        compare=_naive,
        expected="fails",
        reason="(1 - x)^k bends, so that the mean of it is not it of the mean.",
    ),
    PropertyClaim(
        id="naive-pass-at-k-is-too-low",
        statement="The mean of 1 - (1 - c/n)^k is never above 1 - (1 - p)^k.",
        source="closed form: Jensen's inequality",
        given=_DRAWS,
        compare=_naive_low,
        reason="(1 - x)^k is convex.",
    ),
    PropertyClaim(
        id="passuntil-r-over-k-is-unbiased",
        statement="Sampling until r successes, with K samples in all, r / K has the mean p.",
        source=f"{_HU}, its estimate",
        given={"p": _P, "r": st.integers(1, 8)},
        compare=_until_naive,
        expected="fails",
        reason="K is random and stands below the line: r / K is the largest-likelihood estimate "
        "and too high in the mean.",
    ),
    PropertyClaim(
        id="passuntil-corrected-is-unbiased",
        statement="Sampling until r >= 2 successes, (r - 1) / (K - 1) has the mean p.",
        source="Haldane 1945, doi:10.1093/biomet/33.3.222",
        given={"p": _P, "r": st.integers(2, 8)},
        compare=_until,
        reason="The last sample is a success by design and says nothing.",
    ),
)
