"""Slow plain-Python oracles of the binomial draws and of the zoo."""

import math
from fractions import Fraction

from tests.naive import streams as naive

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


# --------------------------------------------------------------------------------------------------
# simlab/simulators/zoo
# --------------------------------------------------------------------------------------------------


def difficulty(key: int, item: int, which: str, spread: float) -> float:
    """Gamma with mean 1 and variance `spread`, or log-normal with that spread of the logarithm."""
    if spread == 0:
        return 1.0
    if which == "normal":
        return math.exp(spread * naive.normal(key, item))
    return spread * math.exp(naive.log_gamma_variate(key, item, 1 / spread))


def mirage_items(
    items_key: int, scale_key: int, curve: int, theta: float, loss: float, n: int, L: int, g: float
) -> list[tuple[int, int, float]]:
    """(right, wrong tokens, Brier score) of each item of one curve at one scale."""
    found = []
    items, tokens = naive.child(items_key, curve), naive.child(scale_key, curve)
    for item in range(n):
        p = math.exp(-loss * difficulty(items, item, "gamma", theta))
        draws = [naive.uniform(tokens, item * (L + 1) + t) for t in range(L + 1)]
        wrong = sum(u >= p for u in draws[:L])
        found.append((int(wrong == 0 or draws[L] < g), wrong, (1 - p) * (1 - p)))
    return found


def multiple_choice_items(
    scale_key: int, curve: int, sigma: float, loss: float, options: int, n: int, g: float
) -> list[tuple[int, float]]:
    """(grade, Brier score) of each item."""
    key = naive.child(scale_key, curve)
    hard, guess = naive.child(key, 0), naive.child(key, 1)
    found = []
    for item in range(n):
        own = loss * difficulty(hard, item, "normal", sigma)
        right = own < math.log(options) or naive.uniform(guess, item) < g
        found.append((int(right), (1 - math.exp(-own)) ** 2))
    return found


def same_items_count(
    items_key: int, scale_key: int, curve: int, which: str, spread: float, loss: float, n: int,
    ceiling: float, g: float,
) -> int:  # fmt: skip
    """Right items of one curve at one scale; difficulties belong to the curve."""
    items, own = naive.child(items_key, curve), naive.child(scale_key, curve)
    right = 0
    for item in range(n):
        p = g + (1 - g) * ceiling * math.exp(-loss * difficulty(items, item, which, spread))
        right += naive.uniform(own, item) < p
    return right


def mixture_count(
    scale_key: int, curve: int, success: float, low: float, high: float, n: int
) -> int:
    """A run succeeds or fails, then its items are drawn."""
    won = naive.uniform(naive.child(scale_key, 0), curve) < success
    return binomial(naive.child(scale_key, 1), curve, n, high if won else low)


def connected_share(key: int, n_entities: int, n_properties: int, n_edges: int) -> float:
    """Share of entity-property pairs that are connected, by walking from every entity."""
    neighbours: dict[tuple[str, int], set[tuple[str, int]]] = {}
    for e in range(n_edges):
        u = ("entity", naive.integer(key, 2 * e, n_entities))
        v = ("property", naive.integer(key, 2 * e + 1, n_properties))
        neighbours.setdefault(u, set()).add(v)
        neighbours.setdefault(v, set()).add(u)
    pairs = 0
    for i in range(n_entities):
        seen, ahead = {("entity", i)}, [("entity", i)]
        while ahead:
            for node in neighbours.get(ahead.pop(), ()):
                if node not in seen:
                    seen.add(node)
                    ahead.append(node)
        pairs += sum(name == "property" for name, _ in seen)
    return pairs / (n_entities * n_properties)
