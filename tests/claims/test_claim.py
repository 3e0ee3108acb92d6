"""Claims: what passes, what does not, and evidence that JSON can hold."""

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.claims.claim import Claim, contradicts, holds, within

finite = st.floats(allow_nan=False, allow_infinity=False)


def close(observed: Any, expected: Any, tolerance: Any) -> Claim:
    return within(
        "slope",
        "The slope is as expected",
        observed=observed,
        expected=expected,
        tolerance=tolerance,
        source="closed form",
    )


@given(finite, finite, st.floats(0, 1e300))
def test_within(observed: float, expected: float, tolerance: float) -> None:
    claim = close(observed, expected, tolerance)
    assert claim.passed is (abs(observed - expected) <= tolerance)
    assert (claim.observed, claim.expected, claim.tolerance) == (observed, expected, tolerance)
    assert (claim.id, claim.source) == ("slope", "closed form")


def test_the_bound_itself_passes() -> None:
    assert close(0.75, 0.5, 0.25).passed
    assert not close(0.75, 0.5, 0.2499).passed
    assert close(3, 3, 0).passed
    assert not close(3, 4, 0).passed
    assert not close(3, 3, -1.0).passed


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_nothing_but_numbers_passes(odd: float) -> None:
    for observed, expected, tolerance in ((odd, 0.5, 1.0), (0.5, odd, 1.0), (0.5, 0.5, odd)):
        claim = close(observed, expected, tolerance)
        assert claim.passed is False
        assert None in (claim.observed, claim.expected, claim.tolerance)
    assert close(odd, odd, odd).passed is False
    assert close(odd, odd, 0.0).passed is False


def test_holds() -> None:
    claim = holds(
        "order",
        "Scores rise with size",
        passed=np.bool_(True),  # type: ignore[arg-type]
        observed="5 of 5 rise",
        expected=None,
        source="Wei et al. 2022",
    )
    assert claim.passed is True
    assert claim.tolerance is None
    assert (claim.observed, claim.expected) == ("5 of 5 rise", None)
    assert not holds("a", "b", passed=False, observed=1, expected=2, source="c").passed


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.int64(3), 3),
        (np.float64(0.5), 0.5),
        (np.float32(0.5), 0.5),
        (np.str_("a"), "a"),
        (math.nan, None),
        (np.float32("inf"), None),
        (2**60, 2**60),
        ("nan", "nan"),
        (None, None),
    ],
)
def test_evidence_is_plain(value: Any, plain: Any) -> None:
    claim = holds("a", "b", passed=True, observed=value, expected=value, source="c")
    assert (claim.observed, claim.expected) == (plain, plain)
    assert type(claim.observed) is type(plain)


@given(st.none() | st.integers(-(2**63), 2**63 - 1) | finite | st.text(), finite)
def test_json_round_trip(evidence: Any, number: float) -> None:
    for claim in (
        holds("a-b", "<script>", passed=True, observed=evidence, expected=evidence, source="é"),
        close(np.float64(number), np.int64(2), np.float32(0.5)),
    ):
        assert msgspec.json.decode(msgspec.json.encode(claim), type=Claim) == claim


def test_claims_are_frozen() -> None:
    with pytest.raises(AttributeError):
        close(1.0, 1.0, 0.0).passed = False  # type: ignore[misc]


@given(finite, finite, st.floats(0, 1e300))
def test_a_contradiction_passes_where_within_fails(
    observed: float, expected: float, tolerance: float
) -> None:
    words: dict[str, Any] = {
        "observed": observed, "expected": expected, "tolerance": tolerance, "source": "paper",
    }  # fmt: skip
    claim = contradicts("slip", "A slip", **words)
    assert claim.passed is not within("slip", "A slip", **words).passed
    assert claim.verdict == ("contradiction" if claim.passed else "fail")


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_is_no_number_contradicts_nothing(number: float) -> None:
    claim = contradicts("x", "X", observed=number, expected=1.0, tolerance=0.1, source="paper")
    assert claim.verdict == "fail"


def test_claims_of_old_runs_are_read_without_the_new_field() -> None:
    old = msgspec.to_builtins(close(1, 1, 0))
    del old["contradiction"]
    assert msgspec.convert(old, Claim).verdict == "pass"
