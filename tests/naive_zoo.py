"""Slow plain-Python oracles of the binomial draws and of the zoo; see `tests.naive`."""

import math
from fractions import Fraction

from tests import naive

# --------------------------------------------------------------------------------------------------
# simlab/simulators/binomial.py
# --------------------------------------------------------------------------------------------------


def stirling(k: int) -> float:
    """What Stirling's formula at k + 1 lacks of ln k!: a table to 9, then three terms."""
    if k < 10:
        return [
            0.08106146679532726,
            0.0413406959554093,
            0.02767792568499834,
            0.020790672103765093,
            0.016644691189821193,
            0.013876128823070748,
            0.01189670994589177,
            0.010411265261972096,
            0.009255462182712733,
            0.00833056343336287,
        ][k]
    x = k + 1.0
    return (1 / 12 - (1 / 360 - 1 / 1260 / (x * x)) / (x * x)) / x


def binomial(key: int, i: int, n: int, p: float) -> int:
    """Inversion where the rarer outcome is expected below 10 times, else Hormann's BTRS."""
    if p > 0.5:
        return n - _rare(key, i, n, 1.0 - p)
    return _rare(key, i, n, p)


def _rare(key: int, i: int, n: int, p: float) -> int:
    if p == 0 or n == 0:
        return 0
    odds = p / (1 - p)
    if n * p < 10:
        left, mass, k = naive.uniform(key, i), math.exp(n * math.log1p(-p)), 0
        while left >= mass and k < n:
            left -= mass
            k += 1
            mass *= odds * (n - k + 1) / k
        return k
    hidden, j = naive.own(key, i), 0
    spread = math.sqrt(n * p * (1 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    mode = math.floor((n + 1) * p)
    while True:
        u = naive.open_uniform(hidden, j) - 0.5
        v = naive.open_uniform(hidden, j + 1)
        j += 2
        edge = 0.5 - abs(u)
        k = math.floor((2 * a / edge + b) * u + n * p + 0.5)
        if edge >= 0.07 and v <= 0.92 - 4.2 / b:
            return k
        if not 0 <= k <= n:
            continue
        height = v * ((2.83 + 5.1 / b) * spread) / (a / (edge * edge) + b)
        ratio = (mode + 0.5) * math.log((mode + 1) / (odds * (n - mode + 1)))
        ratio += (n + 1) * math.log((n - mode + 1) / (n - k + 1))
        ratio += (k + 0.5) * math.log(odds * (n - k + 1) / (k + 1))
        ratio = ratio + stirling(mode) + stirling(n - mode) - stirling(k) - stirling(n - k)
        if math.log(height) <= ratio:
            return k


def beta_binomial(key: int, i: int, n: int, p: float, rho: float) -> int:
    """A binomial draw whose rate is a beta draw; both on the stream that belongs to draw i."""
    if rho == 0 or p in (0, 1):
        return binomial(key, i, n, p)
    hidden = naive.own(key, i)
    if rho == 1:
        return n * binomial(hidden, 1, 1, p)
    strength = (1 - rho) / rho
    rate = math.exp(naive.log_beta_variate(hidden, 0, p * strength, (1 - p) * strength))
    return binomial(hidden, 1, n, rate)


# --------------------------------------------------------------------------------------------------
# simlab/simulators/count_tables.py
# --------------------------------------------------------------------------------------------------


def masses(n: int, p: Fraction, rho: Fraction) -> list[Fraction]:
    """P(k of n) of the beta-binomial for k = 0 .. n, exactly: rising factorials of its urn."""
    if rho == 1:
        return [1 - p, *([Fraction(0)] * (n - 1)), p] if n else [Fraction(1)]
    step = rho / (1 - rho)
    rise = [[Fraction(1)], [Fraction(1)], [Fraction(1)]]
    for held, start in zip(rise, (p, 1 - p, Fraction(1)), strict=True):
        for k in range(n):
            held.append(held[-1] * (start + k * step))
    hits, misses, all_ = rise
    return [math.comb(n, k) * hits[k] * misses[n - k] / all_[n] for k in range(n + 1)]


def tabled_count(key: int, i: int, mass: list[Fraction]) -> int:
    """The count at which the distribution function first exceeds the i-th uniform draw."""
    u, below = naive.uniform(key, i), Fraction(0)
    for k, m in enumerate(mass):
        below += m
        if below > u:
            return k
    raise AssertionError("the masses do not add up to 1")
