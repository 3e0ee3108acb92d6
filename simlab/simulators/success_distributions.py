"""How the success of one attempt differs between items: Beta or Kumaraswamy, above a floor.

An item succeeds at one attempt with probability ``p = floor + (1 - floor) q``, q drawn from the
distribution. Since ``1 - p = (1 - floor)(1 - q)``, the chance that k attempts all fail is
``(1 - floor)^k E (1 - q)^k``. Its mean over items falls as a power of k if and only if the density
of p near 0 is a power of p: without a floor, with the exponent ``shape``; with one, geometrically.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import UsageError, did_you_mean

Floats = NDArray[np.float64]

DISTRIBUTIONS = ("beta", "kumaraswamy")
_SMALLEST_MEAN = 1e-9


class SuccessDistribution(NamedTuple):
    """Distribution of the success of one attempt over items."""

    kind: str
    """``beta``, density ~ q^(shape-1) (1-q)^(rest-1); ``kumaraswamy``, distribution function
    ``1 - (1 - q^shape)^rest``."""
    shape: float
    """Exponent of the density at 0, plus 1."""
    rest: float
    """The second parameter, which decides how fast the density ends at 1."""
    floor: float = 0.0
    """Smallest success of any item."""


def with_mean(kind: str, shape: float, mean: float, *, floor: float = 0.0) -> SuccessDistribution:
    """Return the distribution of this shape whose mean, floor included, is ``mean``.

    Raises UsageError for an unknown kind, a shape or mean out of its range, or a mean that is not
    above the floor.

    >>> round(with_mean("beta", 0.5, 0.2).rest, 12)
    2.0
    """
    if kind not in DISTRIBUTIONS:
        raise UsageError(
            f"distribution {kind!r}{did_you_mean(kind, list(DISTRIBUTIONS))}; "
            f"there are {', '.join(DISTRIBUTIONS)}"
        )
    if not (np.isfinite(shape) and shape > 0):
        raise UsageError(f"shape {shape:g}: give a number above 0")
    if not 0 <= floor < 1:
        raise UsageError(f"floor {floor:g}: give a share in [0, 1)")
    inner = (mean - floor) / (1 - floor)
    if not _SMALLEST_MEAN < inner < 1 - _SMALLEST_MEAN:
        raise UsageError(f"mean {mean:g}: give a share above the floor {floor:g} and below 1")
    if kind == "beta":
        return SuccessDistribution(kind, shape, shape * (1 - inner) / inner, floor)
    from scipy.optimize import brentq
    from scipy.special import betaln

    def off(log_rest: float) -> float:  # the mean is rest B(1 + 1/shape, rest)
        return float(log_rest + betaln(1 + 1 / shape, np.exp(log_rest)) - np.log(inner))

    return SuccessDistribution(kind, shape, float(np.exp(brentq(off, -60.0, 600.0))), floor)


def success_quantile(law: SuccessDistribution, u: ArrayLike) -> Floats:
    """Return the success at the share ``u`` of items, from the hardest on.

    >>> success_quantile(SuccessDistribution("kumaraswamy", 1.0, 1.0), [0.25]).round(12).tolist()
    [0.25]
    """
    from scipy.special import betaincinv

    share = np.asarray(u, np.float64)
    if law.kind == "beta":
        q = betaincinv(law.shape, law.rest, share)
    else:
        q = (-np.expm1(np.log1p(-share) / law.rest)) ** (1 / law.shape)
    return np.asarray(law.floor + (1 - law.floor) * q, np.float64)


def share_below(law: SuccessDistribution, p: float) -> float:
    """Return the share of items whose success is below ``p``.

    >>> round(share_below(SuccessDistribution("kumaraswamy", 1.0, 1.0), 0.25), 12)
    0.25
    """
    from scipy.special import betainc

    q = min(max((p - law.floor) / (1 - law.floor), 0.0), 1.0)
    if law.kind == "beta":
        return float(betainc(law.shape, law.rest, q))
    return float(-np.expm1(law.rest * np.log1p(-(q**law.shape)))) if q < 1 else 1.0


def expected_miss(law: SuccessDistribution, k: ArrayLike) -> Floats:
    """Return ``E (1 - p)^k``, the share of items that k attempts leave unsolved.

    Beta: ``B(shape, rest + k) / B(shape, rest)``. Kumaraswamy: the integral of its distribution
    function against ``k (1 - q)^(k-1)``.

    >>> expected_miss(SuccessDistribution("beta", 1.0, 1.0), [1, 3]).tolist()
    [0.5, 0.25]
    """
    from scipy.special import betaln

    attempts = np.asarray(k, np.float64)
    if (attempts < 1).any():
        raise UsageError(f"k {attempts.min():g}: give at least 1 attempt")
    if law.kind == "beta":
        inner = np.exp(betaln(law.shape, law.rest + attempts) - betaln(law.shape, law.rest))
    else:
        inner = np.vectorize(lambda n: _kumaraswamy_miss(law.shape, law.rest, n))(attempts)
    return np.asarray(np.exp(attempts * np.log1p(-law.floor)) * inner, np.float64)


def _kumaraswamy_miss(shape: float, rest: float, k: float) -> float:
    """Return ``k int F(q) (1 - q)^(k-1) dq``, in ln q, where the integrand has one smooth hump."""
    from scipy.integrate import quad

    def integrand(log_q: float) -> float:
        q = np.exp(log_q)
        below = -np.expm1(rest * np.log1p(-np.exp(shape * log_q))) if log_q < 0 else 1.0
        power = (k - 1) * np.log1p(-q) if k > 1 and log_q < 0 else 0.0
        return float(k * below * q * np.exp(power))

    peak = -np.log(k + 1.0)
    points = [peak - 40 / shape - 5, peak - 5, peak, min(0.0, peak + 4)]
    ends = sorted({min(point, 0.0) for point in [*points, 0.0]})
    found = (quad(integrand, a, b, epsabs=0, epsrel=1e-11, limit=200)[0] for a, b in pairwise(ends))
    return float(sum(found))


def miss_asymptote(law: SuccessDistribution) -> tuple[float, float]:
    """Return c and shape of ``E (1 - p)^k ~ c k^-shape`` for many attempts, without a floor.

    Beta: ``Gamma(shape + rest) / Gamma(rest)``; Kumaraswamy: ``rest Gamma(shape + 1)``.

    Raises UsageError with a floor: the miss then falls geometrically, as no power of k.

    References
    ----------
    Schaeffer et al. 2025, "How do large language monkeys get their power (laws)?",
    arXiv:2502.17578.

    >>> c, shape = miss_asymptote(SuccessDistribution("beta", 1.0, 1.0))
    >>> round(c, 12), shape
    (1.0, 1.0)
    """
    from scipy.special import gamma, gammaln

    if law.floor > 0:
        raise UsageError(f"floor {law.floor:g}: with a floor the miss is no power of k")
    if law.kind == "beta":
        return float(np.exp(gammaln(law.shape + law.rest) - gammaln(law.rest))), law.shape
    return float(law.rest * gamma(law.shape + 1)), law.shape
