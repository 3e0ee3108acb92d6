"""Slow plain-Python oracle of repeated sampling: one item, one answer, one count after another."""

import math
from collections import Counter

from tests.naive.streams import child, normal, uniform


def answer(u: float, p: float, distractor: float, wrong: int) -> int:
    """0 is right, 1 the distractor, the others are as likely as each other."""
    if u < p:
        return 0
    v = (u - p) / (1 - p)
    if v < distractor or wrong == 1:
        return 1
    return 2 + min(int((v - distractor) / (1 - distractor) * (wrong - 1)), wrong - 2)


def vote(answers: list[int]) -> float:
    counts = Counter(answers)
    most = max(counts.values())
    return 1 / sum(n == most for n in counts.values()) if counts[0] == most else 0.0


def sample(
    key: int, p: list[float], fooled: list[bool], ks: list[int], d: float, distractor: float,
    wrong: int,
) -> tuple[list[list[int]], list[list[bool]], list[list[float]]]:  # fmt: skip
    n_right, picked, voted = [], [], []
    for i in range(len(p)):
        own = child(key, i)
        answers, scores = [], []
        for s in range(ks[-1]):
            answers.append(answer(uniform(own, 2 * s), p[i], distractor, wrong))
            prefers = (answers[-1] == 0) != fooled[i]
            scores.append(normal(own, 2 * s + 1) + (d if prefers else 0.0))
        n_right.append([answers[:k].count(0) for k in ks])
        picked.append([answers[scores.index(max(scores[:k]))] == 0 for k in ks])
        voted.append([vote(answers[:k]) for k in ks])
    return n_right, picked, voted


def beta_miss(a: float, b: float, k: int) -> float:
    """E (1 - q)^k of a beta distribution as a product of k ratios."""
    return math.prod((b + j) / (a + b + j) for j in range(k))


def kumaraswamy_miss(a: float, b: float, k: int) -> float:
    """E (1 - q)^k by the binomial expansion into moments b B(1 + j/a, b); for small k."""

    def beta(x: float, y: float) -> float:
        return math.exp(math.lgamma(x) + math.lgamma(y) - math.lgamma(x + y))

    return sum((-1) ** j * math.comb(k, j) * b * beta(1 + j / a, b) for j in range(k + 1))
