"""Slow plain-Python oracles of the metrics.

Nothing here imports simlab. Integers are Python's, cut to 64 bits by hand; floats are Python's.
"""

import math
from fractions import Fraction
from itertools import combinations

# --------------------------------------------------------------------------------------------------
# simlab/metrics
# --------------------------------------------------------------------------------------------------


def token_edit_distance(output: list[int], target: list[int]) -> int:
    """Levenshtein's distance by its recursion, over all prefixes."""
    table = {(i, 0): i for i in range(len(output) + 1)}
    table |= {(0, j): j for j in range(len(target) + 1)}
    for i in range(1, len(output) + 1):
        for j in range(1, len(target) + 1):
            replaced = table[i - 1, j - 1] + (output[i - 1] != target[j - 1])
            table[i, j] = min(replaced, table[i - 1, j] + 1, table[i, j - 1] + 1)
    return table[len(output), len(target)]


def brier_score_sum(probabilities: list[float], correct: int) -> float:
    """Squared error against the one-hot truth, class by class in order."""
    total = 0.0
    for option, p in enumerate(probabilities):
        error = p - (option == correct)
        total += error * error
    return total


def multiple_choice_grade(masses: list[float], correct: int) -> float:
    """The mean over all ways to pick one of the best options."""
    best = [i for i, mass in enumerate(masses) if mass == max(masses)]
    return (correct in best) / len(best)


# --------------------------------------------------------------------------------------------------
# simlab/metrics: sequences, sets and calibration
# --------------------------------------------------------------------------------------------------


def common_subsequence(output: list[int], target: list[int]) -> int:
    """The longest subsequence of the output that is one of the target, by trying all of them."""
    for size in range(len(output), 0, -1):
        for chosen in combinations(output, size):
            rest = iter(target)
            if all(token in rest for token in chosen):
                return size
    return 0


def clipped_matches(output: list[int], target: list[int], n: int) -> int:
    """N-grams of the output, each struck off the target's list once it is matched."""
    left = [tuple(target[i : i + n]) for i in range(len(target) - n + 1)]
    matches = 0
    for i in range(len(output) - n + 1):
        gram = tuple(output[i : i + n])
        if gram in left:
            left.remove(gram)
            matches += 1
    return matches


def corpus_bleu(outputs: list[list[int]], targets: list[list[int]], order: int) -> float:
    """BLEU as Papineni et al. 2002 define it, without smoothing."""
    m, t = [0] * order, [0] * order
    for output, target in zip(outputs, targets, strict=True):
        for n in range(1, order + 1):
            m[n - 1] += clipped_matches(output, target, n)
            t[n - 1] += max(len(output) - n + 1, 0)
    if 0 in m:
        return 0.0
    ours, theirs = sum(map(len, outputs)), sum(map(len, targets))
    brevity = math.exp(min(0.0, 1.0 - theirs / ours))
    return brevity * math.prod(a / b for a, b in zip(m, t, strict=True)) ** (1.0 / order)


def share_without(n: int, c: int, k: int) -> Fraction:
    """C(n-c, k) / C(n, k)."""
    return Fraction(math.comb(n - c, k), math.comb(n, k))


def calibration_error(confidence: list[float], right: list[bool], n_bins: int) -> float:
    """Eqn 3 of Guo et al. 2017, one bin at a time."""
    total = 0.0
    for m in range(1, n_bins + 1):
        low, high = (m - 1) / n_bins, m / n_bins
        held = [i for i, c in enumerate(confidence) if low < c <= high or (c == 0.0 and m == 1)]
        if held:
            share = sum(right[i] for i in held) / len(held)
            stated = sum(confidence[i] for i in held) / len(held)
            total += len(held) / len(confidence) * abs(share - stated)
    return total
