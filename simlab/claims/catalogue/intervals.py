"""What confidence intervals of a share cover."""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from scipy.special import betainc, gammaln

from simlab.claims.property_claim import Comparison, PropertyClaim, at_least, equals
from simlab.intervals import Bounds, clopper_pearson, wilson
from simlab.testing.probabilities import probabilities

_P = probabilities(low=0.001, high=0.999)
_LEVEL = 0.95


def coverage(interval: Callable[..., Bounds], n: int, p: float) -> float:
    """Return the exact probability that the 95% interval of n trials holds p.

    >>> coverage(wilson, 1, 0.125)
    0.875
    """
    k = np.arange(n + 1)
    low, high = interval(k, n, level=_LEVEL)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    chance = np.exp(ways + k * np.log(p) + (n - k) * np.log1p(-p))
    return float(chance[(low <= p) & (p <= high)].sum())


def mean_coverage(interval: Callable[..., Bounds], n: int) -> float:
    """Return the coverage of the 95% interval, averaged over p uniform on 0 .. 1, exactly.

    >>> round(mean_coverage(wilson, 100), 4)
    0.9511
    """
    k = np.arange(n + 1)
    low, high = interval(k, n, level=_LEVEL)
    a, b = k + 1, n - k + 1
    return float((betainc(a, b, high) - betainc(a, b, low)).mean())


def _pointwise(interval: Callable[..., Bounds]) -> Callable[..., Comparison]:
    return lambda n, p: at_least(coverage(interval, n, p), _LEVEL, slack=1e-9)


CLAIMS = (
    PropertyClaim(
        id="wilson-covers-on-average",
        statement="Averaged over p, Wilson's 95% interval covers within one point of 95%, at any "
        "number of trials.",
        source="Brown, Cai & DasGupta 2001, doi:10.1214/ss/1009213286, section 4",
        given={"n": st.integers(1, 1000)},
        compare=lambda n: equals(mean_coverage(wilson, n), _LEVEL, tolerance=0.01),
        reason="Dips below 95% and rises above it make up for each other.",
    ),
    PropertyClaim(
        id="wilson-never-covers-too-little",
        statement="Wilson's 95% interval covers at least 95% for every n and p.",
        source="a common reading; Brown, Cai & DasGupta 2001 show the dips",
        given={"n": st.integers(1, 200), "p": probabilities(low=0.001, high=0.125)},
        compare=_pointwise(wilson),
        expected="fails",
        reason="Counts are whole numbers: coverage jumps with p, and dips near 0 and 1.",
    ),
    PropertyClaim(
        id="clopper-pearson-never-covers-too-little",
        statement="Clopper and Pearson's 95% interval covers at least 95% for every n and p.",
        source="Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404",
        given={"n": st.integers(1, 200), "p": _P},
        compare=_pointwise(clopper_pearson),
        reason="It inverts two exact tests of 2.5% each.",
    ),
)
