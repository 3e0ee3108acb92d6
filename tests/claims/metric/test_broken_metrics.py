"""Metrics that are no functions of their input: said in one line with the smallest input."""

import random
import warnings
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from simlab.claims.metric.examine import examine
from simlab.claims.metric.scorer import as_number
from simlab.claims.metric.token_metric import token_metric

Tokens = list[int]


def divides(p: Tokens, r: Tokens) -> float:
    return len(r) / len(p)


def nan(p: Tokens, r: Tokens) -> float:
    with warnings.catch_warnings():
        return float(np.float64(0) / np.float64(0)) if len(p) > 1 else 0.0


def infinite(p: Tokens, r: Tokens) -> float:
    return -np.inf if 3 in p else 1.0


def text(p: Tokens, r: Tokens) -> str:
    return "0.5"


def nothing(p: Tokens, r: Tokens) -> None:
    return None


def leaves(p: Tokens, r: Tokens) -> float:
    raise SystemExit(4)


def deep(p: Tokens, r: Tokens) -> float:
    return deep(p, r)


def odd_text(p: Tokens, r: Tokens) -> float:
    raise ValueError("first\nsecond")


class Silent:
    def __repr__(self) -> str:
        raise RuntimeError


def unshowable(p: Tokens, r: Tokens) -> Any:
    return Silent()


@pytest.mark.parametrize(
    ("function", "line"),
    [
        (divides, "predicted = [], reference = [0]: raises ZeroDivisionError: division by zero"),
        (nan, "predicted = [0, 0], reference = [0]: returns nan"),
        (infinite, "predicted = [3], reference = [0]: returns -inf"),
        (text, "predicted = [], reference = [0]: returns '0.5' (str), which is no number"),
        (nothing, "predicted = [], reference = [0]: returns None (NoneType), which is no number"),
        (leaves, "predicted = [], reference = [0]: raises SystemExit: 4"),
        (deep, "predicted = [], reference = [0]: raises RecursionError: maximum recursion"),
        (odd_text, "predicted = [], reference = [0]: raises ValueError: first second"),
        (unshowable, "returns a value that cannot be shown (Silent), which is no number"),
    ],
)
def test_no_finite_number(function: Any, line: str) -> None:
    report = examine(token_metric("m", function), examples=30)
    (broken,) = report.broken
    assert line in broken
    assert broken.startswith("m: ")
    assert "\n" not in broken


def test_tracebacks_are_kept_for_whoever_asks() -> None:
    report = examine(token_metric("m", divides), examples=30)
    (trace,) = report.traces
    assert "in divides" in trace


def test_not_deterministic() -> None:
    draw = random.Random(0)

    def noisy(p: Tokens, r: Tokens) -> float:
        return draw.random()

    report = examine(token_metric("m", noisy), examples=30)
    assert [finding.holds for finding in report.properties] == [True, False, True]
    (line,) = report.broken
    assert line.startswith("m: is not deterministic: predicted = [], reference = [0]: 0.")


def test_remembering_earlier_calls_is_not_deterministic() -> None:
    seen: list[int] = []

    def counts(p: Tokens, r: Tokens) -> float:
        seen.append(1)
        return float(len(seen) > 10)

    assert examine(token_metric("m", counts), examples=30).finding("deterministic").holds is False


def test_changed_input() -> None:
    def eats(p: Tokens, r: Tokens) -> float:
        while p and r and p[-1] == r[-1]:
            p.pop()
            r.pop()
        return float(not p and not r)

    report = examine(token_metric("m", eats), examples=30)
    (line,) = report.broken
    assert line == (
        "m: changes its input: predicted = [0], reference = [0]: "
        "afterwards predicted = [], reference = []"
    )
    assert report.finding("gives part").verdict == "no: all or nothing"


def test_warnings_of_a_metric_are_no_errors() -> None:
    def warns(p: Tokens, r: Tokens) -> float:
        warnings.warn("careful", stacklevel=1)
        return 1.0

    assert examine(token_metric("m", warns), examples=5).broken == []


def test_an_interrupt_goes_through() -> None:
    def interrupted(p: Tokens, r: Tokens) -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        examine(token_metric("m", interrupted), examples=5)


@pytest.mark.parametrize(
    ("value", "n_items", "number"),
    [
        (1, None, 1.0),
        (True, None, 1.0),
        (np.float32(0.5), None, 0.5),
        (np.array(0.5), None, 0.5),
        (Fraction(1, 4), None, 0.25),
        (Decimal("0.25"), None, 0.25),
        ([0, 1], 2, 0.5),
        (np.array([0.0, 1.0]), 2, 0.5),
        ([0, 1], None, None),
        ([0, 1], 3, None),
        ([], 0, None),
        ([[0], [1]], 2, None),
        (["0", "1"], 2, None),
        ({"f1": 0.5}, None, None),
        ("0.5", None, None),
        (b"1", None, None),
        (1j, None, None),
        (10**400, None, None),
        (object(), None, None),
    ],
)
def test_what_counts_as_a_number(value: Any, n_items: int | None, number: float | None) -> None:
    assert as_number(value, n_items) == number
