"""Expected token edit distance as a function of the success of a token."""

from functools import cache
from itertools import product

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from simlab.claims.property_claim import Comparison, PropertyClaim, at_most, equals
from simlab.metrics.token_edit_distance import token_edit_distance
from simlab.testing.outcomes import outcomes
from simlab.testing.probabilities import probabilities

Floats = NDArray[np.float64]

_PAPER = "Schaeffer et al. 2023, arXiv 2304.15004"
_P = probabilities()


@cache
def _distances_of_patterns(L: int) -> tuple[Floats, Floats]:
    """Return the number of right tokens, and the distance, of each of 2^L outputs.

    A wrong token is none of the target's.
    """
    right = np.array(list(product((True, False), repeat=L)))
    outputs = np.where(right, np.arange(L), -1)
    distance = token_edit_distance([*outputs], [np.arange(L)] * len(right)).distance
    return right.sum(axis=1).astype(np.float64), distance.astype(np.float64)


def expected_distance(p: float, L: int) -> float:
    """Return the expected edit distance where each of L tokens is right with probability p.

    >>> expected_distance(0.75, 4)
    1.0
    """
    right, distance = _distances_of_patterns(L)
    return float((p**right * (1 - p) ** (L - right) * distance).sum())


@cache
def _distances_of_pairs(V: int, L: int) -> tuple[Floats, Floats]:
    """Return right tokens and distance of each pair of sequences over V tokens."""
    words = np.array(list(product(range(V), repeat=L)))
    outputs, targets = np.repeat(words, len(words), axis=0), np.tile(words, (len(words), 1))
    right = (outputs == targets).sum(axis=1).astype(np.float64)
    return right, token_edit_distance([*outputs], [*targets]).distance.astype(np.float64)


def _over_vocabulary(p: float, V: int, L: int) -> float:
    """Return the expected distance with uniform targets and wrong tokens uniform over V - 1."""
    right, distance = _distances_of_pairs(V, L)
    weights = p**right * ((1 - p) / (V - 1)) ** (L - right) / V**L
    return float((weights * distance).sum())


def _linear(p: float, L: int) -> Comparison:
    return equals(expected_distance(p, L), L * (1 - p), tolerance=1e-9)


def _error_as_printed(eps: float, L: int) -> Comparison:
    return equals(expected_distance(1 - eps, L), L * (1 - eps), tolerance=1e-9)


def _error_corrected(eps: float, L: int) -> Comparison:
    return equals(expected_distance(1 - eps, L), L * eps, tolerance=1e-9)


def _between(right: list[list[bool]]) -> Comparison:
    """Hold the distance of equally likely outcomes against both bounds."""
    L = len(right[0])
    wrong_answers = sum(not all(row) for row in right) / len(right)
    distance = sum(L - sum(row) for row in right) / len(right)
    inside = wrong_answers <= distance <= L * wrong_answers + 1e-12
    return Comparison(inside, distance, f"{wrong_answers:.6g} to {L * wrong_answers:.6g}")


def _small_linear(p: float, V: int, L: int) -> Comparison:
    return equals(_over_vocabulary(p, V, L), L * (1 - p), tolerance=1e-9)


def _small_bounded(p: float, V: int, L: int) -> Comparison:
    return at_most(_over_vocabulary(p, V, L), L * (1 - p), slack=1e-9)


_LENGTH = st.integers(1, 6)
_SMALL = {"p": _P, "V": st.integers(2, 3), "L": st.integers(1, 4)}

CLAIMS = (
    PropertyClaim(
        id="edit-distance-is-linear",
        statement="Where tokens are only replaced, by tokens that the target does not hold, the "
        "expected token edit distance is L (1 - p): a line in p.",
        source=f"{_PAPER}, section 2",
        given={"p": _P, "L": _LENGTH},
        compare=_linear,
        reason="Each wrong token costs one replacement, and expectations add up.",
    ),
    PropertyClaim(
        id="edit-distance-is-linear-in-any-vocabulary",
        statement="The expected Levenshtein distance is L (1 - p) for a vocabulary of any size.",
        source=f"{_PAPER}, section 2, read without its assumption",
        given=_SMALL,
        compare=_small_linear,
        expected="fails",
        reason="A wrong token may equal a neighbour of its place, and then a shift is cheaper.",
    ),
    PropertyClaim(
        id="edit-distance-is-at-most-linear",
        statement="In a vocabulary of any size the expected distance is at most L (1 - p).",
        source="closed form: Levenshtein's distance is at most Hamming's",
        given=_SMALL,
        compare=_small_bounded,
        reason="Replacing each wrong token is one way to edit.",
    ),
    PropertyClaim(
        id="edit-distance-lies-between-bounds",
        statement="However errors of tokens depend on each other, the mean distance of answers of "
        "L tokens lies between 1 - accuracy and L (1 - accuracy).",
        source="closed form; what stays of L (1 - accuracy^(1/L)) without independence",
        given={"right": outcomes(difficulty=True).map(lambda right: right.tolist())},
        compare=_between,
        reason="A wrong answer has one wrong token at least, and L at most.",
    ),
    PropertyClaim(
        id="mirage-error-1-edit-distance-as-printed",
        statement="With eps the probability of an ERROR in a token, the expected token edit "
        "distance is L (1 - eps).",
        source=f"{_PAPER}, appendix A.2, as printed",
        given={"eps": _P, "L": _LENGTH},
        compare=_error_as_printed,
        expected="fails",
        reason="L (1 - eps) is the expected number of right tokens.",
    ),
    PropertyClaim(
        id="mirage-error-1-edit-distance-corrected",
        statement="With eps the probability of an error in a token, the expected token edit "
        "distance is L eps.",
        source=f"{_PAPER}, appendix A.2, corrected",
        given={"eps": _P, "L": _LENGTH},
        compare=_error_corrected,
        reason="Each of L tokens costs one edit with probability eps.",
    ),
)
