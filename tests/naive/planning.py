"""Slow plain-Python oracles of the plans of test items.

Nothing here imports simlab. Integers are Python's, cut to 64 bits by hand; floats are Python's.
"""

import math


def binomial_mass(n: int, p: float) -> list[float]:
    return [math.comb(n, k) * p**k * (1.0 - p) ** (n - k) for k in range(n + 1)]


def binomial_tail(c: int, n: int, p: float) -> float:
    return math.fsum(binomial_mass(n, p)[max(c, 0) :])


def critical_count(n: int, p: float, alpha: float) -> int:
    """The fewest hits that reject, counted up from 0; a tail that is alpha may round to more."""
    return next(c for c in range(n + 2) if binomial_tail(c, n, p) <= alpha * (1 + 1e-12))


def power_of_two_models(n: int, p0: float, p1: float, z: float) -> float:
    """Mass of all pairs of counts whose pooled score statistic reaches z."""
    total = []
    for i, a in enumerate(binomial_mass(n, p0)):
        for j, b in enumerate(binomial_mass(n, p1)):
            mean = (i + j) / (2 * n)
            spread = math.sqrt(2.0 * mean * (1.0 - mean) / n)
            if j > i and (j - i) / n >= z * spread * (1 - 1e-12):
                total.append(a * b)
    return math.fsum(total)


def power_on_same_items(n: int, second: float, first: float, alpha: float) -> float:
    """Mass of all counts (only the second right, only the first right) that McNemar rejects."""
    total = []
    for b in range(n + 1):
        for c in range(n + 1 - b):
            if b >= critical_count(b + c, 0.5, alpha):
                ways = math.comb(n, b) * math.comb(n - b, c)
                total.append(ways * second**b * first**c * (1.0 - second - first) ** (n - b - c))
    return math.fsum(total)
