"""Many answers to one item: coverage, a verifier that picks one, and a vote.

Each answer is right with the item's own probability. A wrong one is, with probability
``distractor``, always the same wrong answer, else one of the others at random. A verifier scores
every answer with a standard normal error; right answers score ``d`` higher on average, on items
that fool it wrong ones do. The answers of fewer samples are the first ones of more, so that all
numbers of samples look at the same answers.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.streams import child, normal, uniform

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """How answers err and how they are judged."""

    d: float = 1.0
    """How much higher the verifier scores a right answer, in standard deviations of its error."""
    wrong_answers: int = 8
    distractor: float = 0.3
    """Share of wrong answers that are one and the same."""


@dataclass(frozen=True)
class Samples:
    """Outcomes of items (rows) at each number of samples (columns)."""

    ks: Ints
    """(n_ks,) numbers of samples, ascending."""
    n_right: Ints
    """(n_items, n_ks) right answers among the first k."""
    picked: NDArray[np.bool_]
    """(n_items, n_ks) whether the verifier's best of the first k is right."""
    voted: Floats
    """(n_items, n_ks) chance that the most frequent of the first k is right; ties are drawn."""


@kernel
def _answer1(u: float, p: float, distractor: float, wrong_answers: int) -> int:
    """Return 0 for a right answer, 1 for the distractor, and from 2 on the others."""
    if u < p:
        return 0
    v = (u - p) / (1.0 - p)
    if v < distractor or wrong_answers == 1:
        return 1
    other = int((v - distractor) / (1.0 - distractor) * (wrong_answers - 1))
    return 2 + min(other, wrong_answers - 2)


@kernel
def _vote1(counts: Ints) -> float:
    """Return 1 over the number of answers that tie with the right one at the top, or 0."""
    ties = 1
    for a in range(1, counts.size):
        if counts[a] > counts[0]:
            return 0.0
        ties += counts[a] == counts[0]
    return 1.0 / ties


@kernel
def _sample(
    key: np.uint64, p: Floats, fooled: NDArray[np.bool_], ks: Ints, d: float, distractor: float,
    wrong_answers: int, n_right: Ints, picked: NDArray[np.bool_], voted: Floats,
) -> None:  # fmt: skip
    counts = np.empty(wrong_answers + 1, np.int64)
    for i in range(p.size):
        own = child(key, np.uint64(i))
        counts[:] = 0
        best, best_right, column = -math.inf, False, 0
        for s in range(ks[-1]):
            answer = _answer1(uniform(own, np.uint64(2 * s)), p[i], distractor, wrong_answers)
            counts[answer] += 1
            right = answer == 0
            score = normal(own, np.uint64(2 * s + 1)) + (d if right != fooled[i] else 0.0)
            if score > best:
                best, best_right = score, right
            if s + 1 == ks[column]:
                n_right[i, column] = counts[0]
                picked[i, column] = best_right
                voted[i, column] = _vote1(counts)
                column += 1


def sample_answers(
    p: Floats, fooled: NDArray[np.bool_], ks: list[int], *, key: np.uint64,
    answers: Answers | None = None,
) -> Samples:  # fmt: skip
    """Return what the first k answers of each item give, for every k of ``ks``.

    Parameters
    ----------
    p : ndarray
        (n_items,) probability that one answer is right.
    fooled : ndarray of bool
        (n_items,) whether the verifier prefers wrong answers of this item.
    ks : list of int
        Ascending numbers of answers.
    key : uint64
        Stream of the answers and scores; an item's draws depend on its place alone.
    answers : Answers, optional

    Raises UsageError if an argument is out of its range.

    References
    ----------
    Brown et al. 2024, "Large language monkeys", arXiv:2407.21787, for coverage, verifiers, votes.

    >>> from simlab.streams import seed_key
    >>> p, fooled = np.array([0.0, 1.0]), np.zeros(2, bool)
    >>> sample_answers(p, fooled, [1, 4], key=seed_key(0)).n_right.tolist()
    [[0, 0], [1, 4]]
    """
    how = answers or Answers()
    if not (0 <= how.distractor < 1 and how.wrong_answers >= 1 and math.isfinite(how.d)):
        raise UsageError(
            f"answers {how}: distractor lies in [0, 1), wrong_answers is at least 1, d is finite"
        )
    if not ks or ks[0] < 1 or any(b <= a for a, b in pairwise(ks)):
        raise UsageError("ks: give ascending numbers of answers, from 1 up")
    bad = p[~((p >= 0) & (p <= 1))]
    if bad.size or p.shape != fooled.shape:
        raise UsageError(f"p {bad[0] if bad.size else p.shape}: give one probability an item")
    shape = (len(p), len(ks))
    n_right, picked, voted = np.empty(shape, np.int64), np.empty(shape, np.bool_), np.empty(shape)
    _sample(
        key, np.ascontiguousarray(p, np.float64), fooled, np.array(ks, np.int64), how.d,
        how.distractor, how.wrong_answers, n_right, picked, voted,
    )  # fmt: skip
    return Samples(np.array(ks, np.int64), n_right, picked, voted)


def expected_best_of(p: Floats, ks: list[int], d: float) -> Floats:
    """Return the chance that the verifier's best of k answers is right: (n_items, n_ks).

    ``int k p phi(s - d) [p Phi(s - d) + (1 - p) Phi(s)]^(k-1) ds``; with -d on items that fool the
    verifier. With d = 0 it is p, whatever k.

    >>> expected_best_of(np.array([0.3]), [1, 8], 0.0).round(12).tolist()
    [[0.3, 0.3]]
    """
    from scipy.special import log_ndtr

    s = np.linspace(min(0.0, d) - 9.0, max(0.0, d) + 9.0, 721)
    density = np.exp(-0.5 * (s - d) ** 2) * (s[1] - s[0]) / math.sqrt(2 * math.pi)
    own = p[:, None]
    with np.errstate(divide="ignore"):
        below = np.logaddexp(np.log(own) + log_ndtr(s - d), np.log1p(-own) + log_ndtr(s))
    chances = [k * p * (np.exp((k - 1) * below) @ density) for k in ks]
    return np.stack(chances, axis=1)


def vote_threshold(answers: Answers) -> float:
    """Return the success above which endless votes are right: that of the best wrong answer.

    >>> vote_threshold(Answers(distractor=0.5, wrong_answers=6))
    0.3333333333333333
    """
    others = (1 - answers.distractor) / max(answers.wrong_answers - 1, 1)
    most = 1.0 if answers.wrong_answers == 1 else max(answers.distractor, others)
    return most / (1 + most)
